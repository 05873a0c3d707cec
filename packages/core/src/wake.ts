const events = ['online', 'pageshow', 'visibilitychange']

/** Whether nobody can see the page. */
export function isHidden(): boolean | undefined {
  return (globalThis as { document?: Document }).document?.hidden
}

/** Calls back when the page is back: seen again, online again, or restored from the back-forward cache. */
export function onWake(callback: () => void, signal: AbortSignal): void {
  // Browsers of before 2021 keep the listener for good: they do not know the option.
  const wake = () => signal.aborted || isHidden() || callback()
  for (const event of events)
    (globalThis as Partial<typeof globalThis>).addEventListener?.(event, wake, { signal })
}
