/**
 * Calls a function of the user's. What it throws, or rejects with, is reported as an uncaught error would be, and
 * breaks neither the task's promise nor the callbacks of others.
 */
export function callSafely<A extends unknown[]>(
  callback: ((...args: A) => void) | null | undefined,
  ...args: A
): void {
  try {
    const result: unknown = callback?.(...args)
    // Not any thenable: to ask a handle for its end would have its task watched.
    if (result instanceof Promise) result.catch(report)
  } catch (error) {
    report(error)
  }
}

function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
