import { vi } from 'vitest'

interface Timer {
  at: number
  wait: number
  /** It ends a request or a stream that takes too long: such a timer bears the reason. */
  isLimit: boolean
  run(): void
}

/**
 * A clock that stands still until it is moved, for the code under test alone: the usual fake timers would stop those
 * of Node's own fetch as well.
 */
export class Clock {
  now = 1_800_000_000_000
  timers: Timer[] = []

  install(): void {
    const real = { setTimeout, clearTimeout }
    const set = (run: (...args: unknown[]) => void, wait = 0, ...args: unknown[]) => {
      if (isFetch(new Error().stack)) return real.setTimeout(run, wait, ...args)
      const timer = { at: this.now + wait, wait, isLimit: !!args.length, run: () => run(...args) }
      this.timers.push(timer)
      return timer
    }
    const clear = (timer: unknown) => {
      if (!this.remove(timer)) real.clearTimeout(timer as NodeJS.Timeout)
    }
    vi.spyOn(Date, 'now').mockImplementation(() => this.now)
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(set as never)
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation(clear)
  }

  /** Runs what falls due within the time, in its order. */
  pass(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.now = next.at
      this.remove(next)
      next.run()
    }
    this.now = end
  }

  private remove(timer: unknown): boolean {
    const { length } = this.timers
    this.timers = this.timers.filter(other => other !== timer)
    return this.timers.length < length
  }
}

/** Whether the caller is Node's fetch, which uses the global timers too. */
function isFetch(stack = ''): boolean {
  return stack.includes('node:internal/deps/undici')
}
