import type { RunStatus, TaskProgress } from '@django-task-api/react'
import type { TaskInfo } from 'django-task-api'
import type { statusWords } from './words'

/** What hooks and composables tell of a task alike, as far as it is drawn. */
interface Drawn {
  status: RunStatus
  progress: TaskProgress
  info: TaskInfo | undefined
}

/** The status in the words of the page, which has more of them. */
export function shownStatus({ status, info }: Drawn): keyof typeof statusWords {
  if (status === 'failed' && !info) return 'invalid'
  return status === 'running' && info?.cancel_requested ? 'cancelling' : status
}

/** From 0 to 100 with its fraction, for a bar that moves smoothly; undefined if the task does not tell. */
export function shownPercent({
  status,
  progress: { value, target },
}: Drawn): number | undefined {
  if (target) return Math.min(100, (100 * (value ?? 0)) / target)
  return status === 'succeeded' ? 100 : undefined
}
