import { afterEach, beforeEach, expect } from 'vitest'
import { createClient, type TaskClient } from '../src/client'
import type { ClientOptions } from '../src/options'
import { Clock } from './clock'
import { TaskServer } from './taskServer'

const requestTimeout = 31415

/**
 * A server, a client of it, and a clock that only the test moves: waits are over when it says so, while sockets go
 * on in real time.
 */
export class Harness {
  server = new TaskServer()
  clock = new Clock()
  client!: TaskClient

  /** Makes another client of the server; it polls unless it is told otherwise. */
  createClient(options?: Partial<ClientOptions>): TaskClient {
    return createClient({ baseURL: this.server.baseURL, requestTimeout, transport: 'poll', ...options })
  }

  /** The waits of the clients that are not over, the limits of requests and streams left out. */
  waits(): number[] {
    return this.clock.timers.filter(({ isLimit }) => !isLimit).map(({ wait }) => wait)
  }

  /** Passes the next wait of the client, as soon as there is one, and tells how long it was. */
  async passWait(): Promise<number> {
    await this.until(() => this.waits().length)
    const wait = Math.min(...this.waits())
    this.clock.pass(wait)
    return wait
  }

  /** Lets a request that hangs run into its timeout. */
  passTimeout(): void {
    this.clock.pass(requestTimeout)
  }

  /** Lets real time run until the condition holds, the clock standing still. */
  async until(condition: () => unknown): Promise<void> {
    for (let turns = 0; !condition(); turns++) {
      if (turns > 20000) throw new Error(`This never came true: ${condition}`)
      await turn()
    }
  }

  /** Lets everything that needs no clock come to its end. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 50; turns++) await turn()
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

/** Makes all of it anew for each test, and fails one that leaves an unhandled rejection. */
export function useHarness(): Harness {
  const harness = new Harness()
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)

  beforeEach(async () => {
    Object.assign(harness, new Harness())
    harness.clock.install()
    process.on('unhandledRejection', note)
    await harness.server.start()
    harness.client = harness.createClient()
  })

  afterEach(async () => {
    await harness.server.stop()
    await harness.settle()
    process.off('unhandledRejection', note)
    expect(unhandled.splice(0)).toEqual([])
  })
  return harness
}
