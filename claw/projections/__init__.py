"""What the log means: pure folds. `state` puts together the ones that decisions are made from."""
