"""The pieces of the Datasets page: the list, the quality of one dataset, its time courses, and what can be done."""
