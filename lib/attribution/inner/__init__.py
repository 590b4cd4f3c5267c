"""What attribution methods compute with; these modules import torch, so methods import them when they are asked."""
