import { test as base } from './fixtures.ts'
import { type Relay, startRelay } from './relay.ts'

interface Streamed {
  /** Milliseconds that the relay lets a stream live. */
  dropStreamsAfter: number | undefined
  /** Stands before the project's server and counts. */
  relay: Relay
}

export const test = base.extend<Streamed>({
  dropStreamsAfter: [undefined, { option: true }],
  relay: async ({ baseURL, dropStreamsAfter }, use) => {
    const relay = await startRelay(baseURL ?? '', dropStreamsAfter)
    await use(relay)
    await relay.stop()
  },
})

export { expect } from './fixtures.ts'
