"""The promise itself: six functions over what a browser received, and histories that try to break them."""
