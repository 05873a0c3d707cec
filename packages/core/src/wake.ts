const events = ['online', 'pageshow', 'visibilitychange']

/** Whether nobody can see the page. */
export function isHidden(): boolean | undefined {
  return (globalThis as { document?: Document }).document?.hidden
}

/**
 * Calls back when the page is seen or hidden, and, with true, when its connections are dead: it is online, or back
 * from the back-forward cache.
 */
export function onWake(callback: (isNetworkNew: boolean) => void, signal: AbortSignal): void {
  const wake = ({ type, persisted }: Event & { persisted?: boolean }) => {
    // Browsers of before 2021 keep the listener for good. A page that is shown for the first time has not slept.
    if (!signal.aborted && persisted !== false) callback(type !== 'visibilitychange')
  }
  for (const event of events)
    (globalThis as Partial<typeof globalThis>).addEventListener?.(event, wake, { signal })
}
