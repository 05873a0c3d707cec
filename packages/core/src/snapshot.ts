import type { TaskInfo, TaskPage } from './types'

/** Those of a task that has not ended come first. */
const statuses = ['pending', 'running', 'succeeded', 'failed', 'cancelled']

/**
 * One event of a stream: a task without its inputs, and with its last messages only; or no more than its uuid, if it
 * is large or gone.
 */
export type TaskEvent = Partial<TaskInfo> & {
  uuid: string
  /** The number of the last message. */
  seq: number
}

/** Whether the task has ended: nothing but a retry by a person changes it any more. */
export function isFinished({ status }: TaskInfo): boolean {
  return statuses.indexOf(status) > 1
}

/** Whether an answer is one task. */
export function isTask(answer: unknown): boolean {
  const { uuid, status, version, messages } = Object(answer) as TaskInfo
  return (
    typeof uuid === 'string' &&
    statuses.indexOf(status) >= 0 &&
    typeof version === 'number' &&
    // biome-ignore lint/suspicious/noGlobalIsFinite: ES5 has no other, and the value is a number.
    isFinite(version) &&
    Array.isArray(messages)
  )
}

/** Whether an answer is a page of tasks. */
export function isPage(answer: unknown): boolean {
  const { results } = Object(answer) as TaskPage
  return Array.isArray(results) && results.every(isTask)
}

/**
 * Makes the snapshot that an event tells of, if it tells all of it: not one that has the version alone, or lacks
 * messages between those known and those told.
 */
export function mergeEvent(known: TaskInfo | undefined, { seq, ...news }: TaskEvent): TaskInfo | undefined {
  const { messages = [] } = news
  const first = seq - messages.length
  if (!known || !(first <= known.messages.length)) return
  return { ...known, ...news, messages: known.messages.slice(0, first).concat(messages) } as TaskInfo
}
