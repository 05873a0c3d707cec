import { backoff } from './retrying'

/** A stream that the other side ends before this has failed. */
const shortStream = 5000
/** As many failures in a row say that streams do not work here. */
const maxFailures = 3
/** How long a detour takes at first; each time that streams fail again it is twice as long, up to half an hour. */
const firstDetour = 60000
const maxDoublings = 5

/** Learns by the ends of streams whether they work here, and for how long polls stand in for them. */
export interface Detour {
  isOn(): boolean
  /**
   * Notes how many milliseconds a stream has lived, and whether it was refused, while polls were not.
   *
   * @returns how long to wait before the next one
   */
  onEnd(lifetime: number, isRefused?: boolean): number
}

export function createDetour(): Detour {
  /** Streams in a row that failed. */
  let failures = 0
  let end = 0
  return {
    isOn: () => Date.now() < end,
    onEnd(lifetime, isRefused) {
      failures = lifetime < shortStream ? Math.max(failures + 1, isRefused ? maxFailures : 0) : 0
      if (failures >= maxFailures)
        end = Date.now() + firstDetour * 2 ** Math.min(failures - maxFailures, maxDoublings)
      return backoff(failures + 1)
    },
  }
}
