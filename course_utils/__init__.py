"""Companion package of the course *From a single neuron to the VAE, GANs and Nash equilibrium*.

The modules are named after what a learner would look for: ``device``, ``data``, ``losses``, ``models``, ``training``,
``metrics``, ``games``, ``plots``, ``diagrams``, ``widgets``, ``exercises``. Import the one you need; importing the
package itself loads none of them.
"""

__version__ = "0.1.0"
