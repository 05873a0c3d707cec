/**
 * Calls a function of the user's. What it throws is reported as an uncaught error would be, and breaks neither
 * the task's promise nor the callbacks of others.
 */
export function callSafely<A extends unknown[]>(
  callback: ((...args: A) => void) | null | undefined,
  ...args: A
): void {
  try {
    callback?.(...args)
  } catch (error) {
    if (typeof reportError === 'function') reportError(error)
    else console.error(error)
  }
}
