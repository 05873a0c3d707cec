import { callSafely } from './callback'
import { createMembers } from './members'

/**
 * How a client hears of its tasks: not at all, because nobody watches any (`idle`); not yet or not just now
 * (`connecting`); by a stream (`live`) or by polls; or the server cannot be reached and is tried again (`offline`).
 */
export type ConnectionState = 'idle' | 'connecting' | 'live' | 'polling' | 'offline'

/** The state of a client's connection, for people to see. */
export interface Connection {
  getSnapshot(): ConnectionState
  /**
   * Calls back at each change.
   *
   * @returns a function that ends the subscription
   */
  subscribe(listener: (state: ConnectionState) => void): () => void
}

/** A connection, and the way to change its state. */
export interface ConnectionSetup {
  connection: Connection
  setState(state: ConnectionState): void
}

export function createConnection(): ConnectionSetup {
  let state: ConnectionState = 'idle'
  const listeners = createMembers<(state: ConnectionState) => void>()
  return {
    connection: {
      getSnapshot: () => state,
      // The same function may subscribe twice, and end one of the two.
      subscribe: listener => listeners.add(news => listener(news)),
    },
    setState(news) {
      if (news === state) return
      state = news
      for (const listener of listeners.all()) callSafely(listener, news)
    },
  }
}
