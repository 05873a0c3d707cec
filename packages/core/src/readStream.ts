import { readAnswer } from './answer'
import type { ClientOptions } from './options'
import { readTasks } from './readTasks'
import { request } from './request'
import { mergeEvent } from './snapshot'
import { createSseParser } from './sseParser'
import type { FollowedTask } from './transport'
import { findTask } from './uuid'

/** A proxy that keeps the first bytes back for so long keeps all of them back. */
const firstBytesLimit = 5000
/** Two and a half of the server's heartbeats: a stream that is silent for longer is dead. */
const silenceLimit = 40000

/**
 * Follows tasks from their known versions on, by a stream. What the stream does not tell in full is read.
 *
 * @param onBytes - called whenever something comes
 * @returns a promise that rejects when the stream ends, for whatever reason
 */
export function readStream(
  options: ClientOptions,
  tasks: FollowedTask[],
  onBytes: () => void,
  signal: AbortSignal,
): Promise<never> {
  const unclear: FollowedTask[] = []

  function takeEvent(data: string): void {
    const event = JSON.parse(data)
    const task = findTask(tasks, event.uuid)
    // The stream's own end is about no task.
    if (!task) return
    const news = mergeEvent(task.getSnapshot(), event)
    if (news) task.receive(news)
    else unclear.push(task)
  }

  async function read(response: Response, expectWithin: (limit: number) => void): Promise<never> {
    const isStream = /event-stream/.test(response.headers.get('Content-Type') as string)
    const reader = isStream && response.body?.getReader()
    // Whatever else this is, it is told.
    if (!reader) throw await readAnswer(response, false)
    const parse = createSseParser(takeEvent)
    for (;;) {
      const { done, value } = await reader.read()
      if (done || signal.aborted) throw new Error('the stream ended')
      expectWithin(silenceLimit)
      onBytes()
      parse(value)
      await readTasks(options, unclear.splice(0), signal)
    }
  }

  const path = `events/?uuid=${tasks.map(({ uuid, getSnapshot }) => `${uuid}:${getSnapshot()?.version || 0}`)}`
  return request(options, { path, limit: firstBytesLimit, read }, signal)
}
