import { createClient, type TaskClient } from 'django-task-api'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { TaskServer } from '../../core/test/taskServer'

const patience = { interval: 5, timeout: 5000 }

/** A real server, a client of it, and what the components of a test have shown. */
export class Harness<State = unknown> {
  server = new TaskServer()
  client!: TaskClient
  /** Requests that the server has not answered to the end, streams included. */
  open = 0
  /** Each state that was rendered. */
  renders: State[] = []

  async start(): Promise<void> {
    await this.server.start()
    this.server.fault = (_request, response) => {
      this.open++
      response.on('close', () => this.open--)
      return true
    }
    this.client = createClient({ baseURL: this.server.baseURL, transport: 'sse' })
  }

  /** The newest state that was rendered. */
  get state(): State {
    return this.renders[this.renders.length - 1] as State
  }

  async until(condition: () => unknown): Promise<void> {
    await vi.waitFor(() => expect(condition(), `${condition}`).toBeTruthy(), patience)
  }

  /** Waits until the client follows as many tasks by its stream. */
  async streams(count: number): Promise<void> {
    await this.until(() => this.server.streams.length === 1 && this.server.streams[0]?.uuids.length === count)
  }

  /** Waits until the server has no request open, and the client wants none. */
  async rests(): Promise<void> {
    await this.until(() => !this.open && this.client.connection.getSnapshot() === 'idle')
  }
}

/** Makes a harness for each test, and fails one that leaves an open request, a printed or an unhandled error. */
export function setUpHarness<H extends Harness>(harness: H, create: () => H, unmount: () => void): H {
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)

  beforeEach(async () => {
    Object.assign(harness, create())
    globalThis.sessionStorage?.clear()
    process.on('unhandledRejection', note)
    vi.spyOn(console, 'error')
    vi.spyOn(console, 'warn')
    await harness.start()
  })

  afterEach(async () => {
    unmount()
    await harness.rests()
    await harness.server.stop()
    process.off('unhandledRejection', note)
    expect(unhandled.splice(0)).toEqual([])
    expect([...vi.mocked(console.error).mock.calls, ...vi.mocked(console.warn).mock.calls]).toEqual([])
  })
  return harness
}
