"""Pictures of numbers: values to draw, their marks, words, cursor, range strip and paper form."""
