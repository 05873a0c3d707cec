import { backoff } from './retrying'

/** A stream that the other side ends before this has failed. */
const shortStream = 5000
/** As many failures in a row say that streams do not work here. */
const maxFailures = 3
/** How long a detour takes at first; each time that streams fail again it is twice as long. */
const firstDetour = 60000

/** Learns by the ends of streams whether they work here, and for how long polls stand in for them. */
export interface Detour {
  isOn(): boolean
  /**
   * Notes how many milliseconds a stream has lived.
   *
   * @returns how long to wait before the next one
   */
  onEnd(lifetime: number): number
  /** Notes that there is no stream while polls work. */
  onRefusal(): void
}

export function createDetour(): Detour {
  /** Streams in a row that failed. */
  let failures = 0
  let end = 0

  function fail(least: number): void {
    failures = Math.max(failures + 1, least)
    if (failures >= maxFailures) end = Date.now() + firstDetour * 2 ** (failures - maxFailures)
  }

  return {
    isOn: () => Date.now() < end,
    onEnd(lifetime) {
      if (lifetime < shortStream) fail(0)
      else failures = 0
      return backoff(failures + 1)
    },
    onRefusal: () => fail(maxFailures),
  }
}
