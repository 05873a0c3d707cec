import { readAnswer } from './answer'
import type { ClientOptions } from './options'
import { request } from './request'
import { mergeEvent, type TaskEvent } from './snapshot'
import { createSseParser } from './sseParser'
import type { FollowedTask } from './transport'
import { findTask, notFound } from './uuid'

/** A proxy that keeps the first bytes back for so long keeps all of them back. */
const firstBytesLimit = 5000
/** Two and a half of the server's heartbeats: a stream that is silent for longer is dead. */
const silenceLimit = 40000

/**
 * Follows tasks from their known versions on, by a stream, until it ends.
 *
 * @param onBytes - called whenever something comes
 * @param onBehind - called when an event tells less than there is to know, so that the task must be read
 * @returns whether the server wants the stream to be opened anew
 */
export function readStream(
  options: ClientOptions,
  tasks: FollowedTask[],
  onBytes: () => void,
  onBehind: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  let isRenewed = false

  function takeEvent(event: TaskEvent): void {
    isRenewed = event.reason === 'renew'
    const task = findTask(tasks, event.uuid)
    const news = mergeEvent(task?.getSnapshot(), event)
    if (news || !event.version) task?.receive(news, notFound(event.uuid))
    else onBehind()
  }

  async function read(response: Response, expectWithin: (limit: number) => void): Promise<unknown> {
    const isStream = /event-stream/.test(response.headers.get('Content-Type') as string)
    const reader = isStream && response.body?.getReader()
    // Whatever else this is, it is told.
    if (!reader) return readAnswer(response, false)
    const parse = createSseParser(({ data }) => takeEvent(JSON.parse(data)))
    for (;;) {
      const { done, value } = await reader.read()
      if (done || isRenewed) return isRenewed
      expectWithin(silenceLimit)
      onBytes()
      parse(value)
    }
  }

  const path = `events/?uuid=${tasks.map(({ uuid, getSnapshot }) => `${uuid}:${getSnapshot()?.version || 0}`)}`
  return request(options, { path, limit: firstBytesLimit, read }, signal)
}
