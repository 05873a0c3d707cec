import { TaskError } from './taskError'
import type { TaskInfo } from './types'

/** Whether the task has ended: nothing but a retry by a person changes it any more. */
export function isFinished({ status }: TaskInfo): boolean {
  return status !== 'pending' && status !== 'running'
}

/** Gives an answer back if it is a task, or a page of tasks; throws if it is neither. */
export function asTasks<T>(answer: unknown): T {
  const { results = [answer] } = (answer || {}) as { results?: unknown[] }
  for (const info of results as Partial<TaskInfo>[]) {
    if (!info?.version || !info.messages) {
      throw new TaskError('invalid_response', 'The answer is JSON but not of tasks. Check options.baseURL.')
    }
  }
  return answer as T
}
