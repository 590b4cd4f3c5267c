"""How right the predictions are, with intervals and n."""
