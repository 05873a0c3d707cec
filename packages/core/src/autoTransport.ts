import type { ConnectionState } from './connection'
import { type ClientOptions, checkOptions } from './options'
import { readTasks } from './readTasks'
import { backoff, retrying, sleep } from './retrying'
import { readStream } from './sseTransport'
import { type TaskError, toTaskError } from './taskError'
import type { FollowedTask, Transport } from './transport'
import { isHidden, onWake } from './wake'

/** How long newly watched tasks wait for company, so that a page that watches thirty asks once. */
const gathering = 50
const hiddenInterval = 30000
/** How long a hidden tab keeps its stream: browsers allow a server six connections, for all tabs together. */
const hiddenGrace = 5000
/** A stream that the other side ends before this has failed. */
const shortStream = 5000
/** As many failures in a row say that streams do not work here. */
const maxFailures = 3
/** How long polls stand in for streams at first; each time that streams fail again it is twice as long. */
const firstDetour = 60000

/** Follows all tasks by one stream, or by one request per interval. */
export function createAutoTransport(
  options: ClientOptions,
  tasks: () => FollowedTask[],
  setState: (state: ConnectionState) => void,
): Transport {
  /** What ends the turn that is on: a wait, then a poll or a stream. */
  let turn: AbortController | undefined
  /** The turn whose stream is being read. It outlives its turn, until the next one hears from the server. */
  let stream: AbortController | undefined
  /** A task was added that was not asked for yet. */
  let isJoined = false
  let isAsking = false
  /** A stream could not tell all there is to know. */
  let isBehind = false
  /** Streams in a row that failed. */
  let failures = 0
  let pollUntil = 0

  async function take(wait: number): Promise<void> {
    if (!turn) setState('connecting')
    else if (turn !== stream) turn.abort()
    const own = new AbortController()
    const { signal } = own
    turn = own
    isAsking = false
    try {
      onWake(async () => {
        // Browsers of before 2021 keep the listener for good: they do not know the option.
        if (turn === own && isHidden()) await sleep(hiddenGrace, signal)
        if (turn === own && (stream || !isHidden())) restart()
      }, signal)
      // Even without a wait, whoever is added in the same moment comes along.
      await pause(wait, signal)
      wait = await retrying(
        options,
        Infinity,
        () => look(own),
        signal,
        () => setState('offline'),
      )
    } catch (error) {
      if (turn === own) {
        stop()
        for (const task of tasks()) task.receive(undefined, toTaskError(error))
      }
    }
    own.abort()
    if (stream === own) stream = undefined
    if (turn === own) take(isJoined ? gathering : wait)
  }

  async function pause(wait: number, signal: AbortSignal): Promise<void> {
    checkOptions(options)
    if (wait) await sleep(wait, signal)
  }

  function stop(): void {
    turn?.abort()
    stream?.abort()
    turn = stream = undefined
    isJoined = isAsking = false
    setState('idle')
  }

  /** After a sleep the request under way may be dead, and the trouble that it waits for over. */
  function restart(): void {
    take(stream || mustPoll() ? gathering : 0)
  }

  function mustPoll(): boolean {
    const { transport } = options
    return transport === 'poll' || (transport === 'auto' && (isHidden() || Date.now() < pollUntil))
  }

  /** @returns how long to wait then */
  async function look(own: AbortController): Promise<number> {
    isJoined = false
    isAsking = true
    if (mustPoll()) return poll(own)
    try {
      return await followStream(own)
    } catch (error) {
      // After a 401 the stream itself is to be tried with other headers.
      if (turn !== own || options.transport !== 'auto' || (error as TaskError).httpStatus === 401) throw error
    }
    const wait = await poll(own)
    countFailure(maxFailures)
    return wait
  }

  async function poll(own: AbortController): Promise<number> {
    stream?.abort()
    await readTasks(options, tasks(), own.signal)
    if (turn === own) setState('polling')
    return Math.max(options.pollInterval, isHidden() ? hiddenInterval : 0)
  }

  async function followStream(own: AbortController): Promise<number> {
    const { signal } = own
    let openedAt = 0
    let isRenewed = false
    function onBytes() {
      if (openedAt) return
      openedAt = Date.now()
      stream?.abort()
      stream = own
      isAsking = false
      setState('live')
      if (isJoined) restart()
    }
    function onBehind() {
      isBehind = true
      onAdded()
    }
    const unread = tasks().filter(task => isBehind || !task.getSnapshot())
    isBehind = false
    await readTasks(options, unread, signal)
    try {
      if (!signal.aborted) isRenewed = await readStream(options, tasks(), onBytes, onBehind, signal)
    } catch (error) {
      // Once it is open, every end is that of a connection.
      if (!openedAt) throw error
    }
    if (turn !== own) return 0
    setState('connecting')
    if (isRenewed || Date.now() - openedAt >= shortStream) failures = 0
    else countFailure(0)
    return isRenewed ? 0 : backoff(failures + 1)
  }

  function countFailure(least: number): void {
    failures = Math.max(failures + 1, least)
    if (failures >= maxFailures) pollUntil = Date.now() + firstDetour * 2 ** (failures - maxFailures)
  }

  function onAdded(): void {
    if (!isJoined && !isAsking) restart()
    isJoined = true
  }

  return { onAdded, onEmpty: stop }
}
