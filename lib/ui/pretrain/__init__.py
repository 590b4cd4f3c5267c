"""The Pretrain page: start a pretraining, follow it, and see what it learned."""
