const events = ['online', 'pageshow', 'visibilitychange']

/** Whether nobody can see the page. */
export function isHidden(): boolean | undefined {
  return (globalThis as { document?: Document }).document?.hidden
}

/** Calls back when the page is seen, online or back from the back-forward cache again, and when it is hidden. */
export function onWake(callback: () => void, signal: AbortSignal): void {
  // A page that is shown for the first time has not slept.
  const wake = (event: Event) => (event as PageTransitionEvent).persisted === false || callback()
  for (const event of events)
    (globalThis as Partial<typeof globalThis>).addEventListener?.(event, wake, { signal })
}
