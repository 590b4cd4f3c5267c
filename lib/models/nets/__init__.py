"""What models are made of; imported only when a model is fitted or used, because it brings torch or numba."""
