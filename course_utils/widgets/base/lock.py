"""One lock for all widgets.

A notebook's cells run on one thread, and JupyterLab's messages arrive on another. What a redraw uses is shared: a
figure, matplotlib's settings and fonts, the mode of a model, the number of torch's threads.
"""

import threading

LOCK = threading.RLock()
