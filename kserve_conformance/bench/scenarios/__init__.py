"""What can be measured: one module for each kind of scenario, with its parameters and how it is done."""
