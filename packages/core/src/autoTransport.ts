import type { ConnectionState } from './connection'
import { createDetour } from './detour'
import type { ClientOptions } from './options'
import { readStream } from './readStream'
import { chunkSize, readTasks } from './readTasks'
import { retrying, sleep } from './retrying'
import { type TaskError, toTaskError } from './taskError'
import type { FollowedTask, Transport } from './transport'
import { isHidden, onWake } from './wake'

/** How long newly watched tasks wait for company, so that a page that watches thirty asks once. */
const gathering = 50
const hiddenInterval = 30000
/** How long a hidden tab keeps its stream: browsers allow a server six connections, for all tabs together. */
const hiddenGrace = 5000
/** A stream that spoke within this, longer than the server's heartbeat, has not been slept through. */
const freshness = 20000

/**
 * Follows all tasks by one stream, or by one request per interval, in turns: each waits, reads what is not known, and
 * opens a stream or has another turn after an interval. The end of a stream, a new task and waking start a turn too.
 */
export function createAutoTransport(
  options: ClientOptions,
  tasks: () => FollowedTask[],
  setState: (state: ConnectionState) => void,
): Transport {
  const detour = createDetour()
  /** Lasts from the first task to the last. */
  let session: AbortController | undefined
  /** The turn that is on. There is none while a stream is all that is needed. */
  let turn: AbortController | undefined
  /** What was the turn of the stream that is being read, until a later turn has a better one or polls. */
  let stream: AbortController | undefined
  /** When that stream was opened, and when it last spoke. */
  let openedAt = 0
  let heardAt = 0
  /** The turn has begun to ask: whoever is added now has to wait for the next one. */
  let isAsking = false
  /** A task was added that was not asked for yet. */
  let isJoined = false

  function onAdded(): void {
    if (!session) start()
    else if (!isJoined && !isAsking) take(gathering)
    isJoined = true
  }

  function start(): void {
    session = new AbortController()
    onWake(wake, session.signal)
    setState('connecting')
    take(mustPoll() ? gathering : 0)
  }

  function stop(): void {
    session?.abort()
    turn?.abort()
    session = turn = undefined
    replaceStream()
    setState('idle')
  }

  /** After a sleep the connections may be dead, and the trouble that a turn waits for over. */
  async function wake(isNetworkNew: boolean): Promise<void> {
    if (!isHidden()) {
      if (isNetworkNew || !stream || Date.now() - heardAt > freshness) take(gathering)
    } else if (options.transport === 'auto') {
      await sleep(hiddenGrace, session?.signal)
      if (isHidden() && (stream || isAsking)) take(gathering)
    }
  }

  function mustPoll(): boolean | undefined {
    const { transport } = options
    return transport === 'auto'
      ? isHidden() || detour.isOn() || tasks().length > chunkSize
      : transport === 'poll'
  }

  async function take(wait: number): Promise<void> {
    turn?.abort()
    const own = new AbortController()
    const { signal } = own
    turn = own
    isAsking = false
    try {
      // Even without a wait, whoever is added in the same moment comes along.
      await (wait && sleep(wait, signal))
      const next = await retrying(
        options,
        Infinity,
        () => ask(own),
        signal,
        () => stream || setState('offline'),
      )
      if (signal.aborted) return
      isAsking = false
      if (next) {
        replaceStream()
        setState('polling')
      }
      if (isJoined || next) take(isJoined ? gathering : next)
    } catch (error) {
      if (!signal.aborted) giveUp(error)
    }
  }

  function giveUp(error: unknown): void {
    stop()
    for (const task of tasks()) task.receive(undefined, toTaskError(error))
  }

  /** @returns how long to wait before the next turn; nothing if a stream is open */
  async function ask(own: AbortController): Promise<number> {
    const { signal } = own
    const isDetour = mustPoll()
    isJoined = false
    isAsking = true
    // Before it asks: the streams of six tabs are all the connections to a server that a browser has.
    if (isDetour) replaceStream()
    else {
      const unknown = tasks().filter(task => !task.getSnapshot())
      await readTasks(options, unknown, signal)
      try {
        return await openStream(own)
      } catch (error) {
        // After a 401 the stream itself is to be tried with other headers.
        if (signal.aborted || options.transport !== 'auto' || (error as TaskError).httpStatus === 401)
          throw error
      }
    }
    await readTasks(options, tasks(), signal)
    // Only now: where neither works, the server is away.
    if (!isDetour) detour.onEnd(0, true)
    return Math.max(options.pollInterval, isHidden() ? hiddenInterval : 0)
  }

  function replaceStream(next?: AbortController): void {
    stream?.abort()
    stream = next
  }

  /** Resolves once the stream speaks, which then takes the place of the one before. */
  function openStream(own: AbortController): Promise<0> {
    return new Promise((resolve, reject) => {
      function onBytes() {
        heardAt = Date.now()
        if (stream === own) return
        openedAt = heardAt
        replaceStream(own)
        turn = undefined
        setState('live')
        resolve(0)
      }
      readStream(options, tasks(), onBytes, own.signal).catch((error: TaskError) => {
        // Of no effect once it was open.
        reject(error)
        if (stream !== own) return
        // What the stream did not tell in full may not be read. All else is the end of a connection.
        if (!error.transient && error.httpStatus !== 401) return giveUp(error)
        stream = undefined
        setState('connecting')
        const wait = detour.onEnd(Date.now() - openedAt)
        // Polls have not failed.
        if (!turn) take(mustPoll() ? 0 : wait)
      })
    })
  }

  return { onAdded, onEmpty: stop }
}
