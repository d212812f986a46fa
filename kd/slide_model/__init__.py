"""A model of whole slides: which class a bag of tiles has, learnt from labels of slides alone."""
