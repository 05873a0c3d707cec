import type { RunStatus } from '@django-task-api/react'
import type { ConnectionState } from 'django-task-api'

/** What visitors read for each status, and between two of them. */
export const statusWords: Record<RunStatus | 'cancelling' | 'invalid', string> =
  {
    idle: 'Ready',
    invalid: 'Not started',
    pending: 'Pending',
    running: 'Running',
    cancelling: 'Cancelling',
    succeeded: 'Succeeded',
    failed: 'Failed',
    cancelled: 'Cancelled',
  }

export const connectionWords: Record<
  ConnectionState,
  [word: string, meaning: string]
> = {
  idle: ['Idle', 'no task is watched'],
  connecting: ['Connecting', 'opening the stream'],
  live: ['Live', 'one stream tells of every task'],
  polling: ['Polling', 'one request asks for all tasks'],
  offline: ['Offline', 'trying again until the server answers'],
}
