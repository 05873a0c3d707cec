import type { ClientOptions } from './options'
import { abortError, type TaskError } from './taskError'

/** Resolves after a time, or when the signal aborts. */
export function sleep(wait: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(end, wait)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
    function end() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
  })
}

/**
 * How long to wait after some failures in a row: at random up to a doubling bound, so that clients cut off together
 * do not come back together ("full jitter").
 */
export function backoff(failures: number): number {
  return Math.random() * Math.min(30000, 250 * 2 ** failures)
}

/**
 * Tries again while the error may pass and `giveUpAfter` is not over. Where more than one try is allowed, `attempt`
 * must be safe to repeat after an answer that was lost. A first answer of 401, which has done nothing, is always
 * tried again: its headers may have expired.
 *
 * Waits no less than the server asked for. With tries without number the last one is at the end of `giveUpAfter`,
 * even if the server asked to wait for longer.
 */
export async function retrying<T>(
  options: ClientOptions,
  maxTries: number,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
  onFailure?: () => void,
): Promise<T> {
  let failingSince = 0
  let refreshes = 0
  for (let tries = 1; ; tries++) {
    if (signal?.aborted) throw abortError(signal)
    try {
      return await attempt()
    } catch (error) {
      if (signal?.aborted) throw abortError(signal)
      const { transient, httpStatus, retryAfter = 0 } = error as TaskError
      const wait = Math.max(backoff(tries), retryAfter)
      // Not since the start: a request that was slept through has not failed for hours.
      failingSince ||= Date.now()
      const left = options.giveUpAfter - (Date.now() - failingSince)
      const mayPass = httpStatus === 401 ? !refreshes++ : transient && tries < maxTries
      if (!mayPass || left < (maxTries === Infinity ? 1 : wait)) throw error
      onFailure?.()
      await sleep(Math.min(wait, left), signal)
    }
  }
}
