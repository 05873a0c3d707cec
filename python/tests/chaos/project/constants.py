"""What the tasks and the checker agree on."""

# Progress is the attempt times this, plus the step.
STRIDE = 1000
# The code of tasks that fail by themselves.
REFUSED = "refused"
