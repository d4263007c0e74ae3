"""What all widgets share: controls, pictures, plots that move."""
