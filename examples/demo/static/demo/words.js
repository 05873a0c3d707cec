// The words for a task's states, and its percentage, as all pages show them.

export const words = {
  idle: 'Ready',
  invalid: 'Not started',
  pending: 'Pending',
  running: 'Running',
  cancelling: 'Cancelling',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
  lost: 'Not followed',
}

/** From 0 to 100, with a fraction; null if the task does not tell. */
export function percentOf({ status, progress, target }) {
  if (target) return (100 * (progress ?? 0)) / target
  return status === 'succeeded' ? 100 : null
}

/** Writes only what is new: a live region announces each assignment, also one that changes nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}
