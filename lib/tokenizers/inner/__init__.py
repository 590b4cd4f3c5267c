"""What tokenizers are made of; modules that need numba are imported only when a tokenizer is fitted or cuts."""
