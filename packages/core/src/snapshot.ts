import type { TaskInfo } from './types'

/** Whether the task has ended: nothing but a retry by a person changes it any more. */
export function isFinished({ status }: TaskInfo): boolean {
  return status !== 'pending' && status !== 'running'
}

/** Whether an answer is a task or a page of tasks. What has no properties at all throws. */
export function isTasks(answer: unknown): boolean {
  const { results = [answer as TaskInfo] } = answer as { results?: TaskInfo[] }
  return results.every(info => info.version && info.messages)
}
