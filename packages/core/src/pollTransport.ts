import { type ClientOptions, checkOptions } from './options'
import { request } from './request'
import { retrying, sleep } from './retrying'
import { toTaskError } from './taskError'
import type { Transport, Watcher } from './transport'
import type { TaskPage } from './types'
import { isUuid, notFound } from './uuid'
import { isHidden, onWake } from './wake'

/** As many uuids as the server takes in one request. */
const chunkSize = 100
/** How long a newly watched task waits for company, so that a page that watches thirty asks once. */
const gathering = 50
const hiddenInterval = 30000

/** Follows all tasks with one request per interval (and per hundred tasks). */
export function createPollTransport(options: ClientOptions, watchers: () => Watcher[]): Transport {
  /** What ends the loop that runs. */
  let loop: AbortController | undefined
  /** A watcher was added whose task no poll has asked for yet. */
  let isJoined = false
  let isAsking = false

  async function follow(): Promise<void> {
    loop = new AbortController()
    const { signal } = loop
    isJoined = true
    try {
      onWake(restart, signal)
      while (!signal.aborted) {
        isAsking = false
        await sleep(nextWait(), signal)
        await retrying(options, Infinity, () => askAll(signal), signal)
      }
    } catch (error) {
      if (signal.aborted) return
      stop()
      for (const watcher of watchers()) watcher.receive(toTaskError(error))
    }
  }

  function stop(): void {
    loop?.abort()
    isJoined = isAsking = false
  }

  /** After a sleep the request under way may be dead, and the trouble that it waits for over. */
  function restart(): void {
    stop()
    follow()
  }

  function nextWait(): number {
    checkOptions(options)
    const { pollInterval } = options
    return isJoined
      ? Math.min(gathering, pollInterval)
      : isHidden()
        ? Math.max(hiddenInterval, pollInterval)
        : pollInterval
  }

  function askAll(signal: AbortSignal): Promise<unknown> {
    isJoined = false
    isAsking = true
    const uuids = watchers()
      .map(({ uuid }) => uuid)
      .filter((uuid, i, all) => all.indexOf(uuid) === i)
    const answers: Promise<void>[] = []
    while (uuids.length) answers.push(ask(uuids.splice(0, chunkSize), signal))
    return Promise.all(answers)
  }

  async function ask(uuids: string[], signal: AbortSignal): Promise<void> {
    // Not those who come while it is under way: a task may have been retried just before that.
    const askers = watchers()
    const path = `?uuid=${uuids.filter(isUuid)}`
    const { results } = await request<TaskPage>(options, { path }, signal)
    for (const watcher of askers) {
      const { uuid } = watcher
      if (uuids.indexOf(uuid) >= 0)
        watcher.receive(results.filter(info => info.uuid === uuid)[0] || notFound(uuid))
    }
  }

  return {
    onAdded() {
      if (isJoined) return
      isJoined = true
      if (!isAsking) restart()
    },
    onRemoved() {
      if (!watchers().length) stop()
    },
  }
}
