"""Train: choose a dataset, a tokenizer and a model, see the cost, and start a run."""
