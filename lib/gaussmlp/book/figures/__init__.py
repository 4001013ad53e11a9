"""Figures, one module for each chapter that draws some: data in, a matplotlib figure out."""
