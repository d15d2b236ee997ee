"""Commands of `voc`: thin shells over the pipeline and the published file."""
