import type { UseTaskReturn } from '@django-task-api/react'
import { type ReactNode, useEffect } from 'react'
import { announceTask } from '../newTasks'
import { shownPercent, shownStatus } from '../panel'
import { statusWords } from '../words'

interface TaskPanelProps {
  title: string
  task: Omit<UseTaskReturn, 'run' | 'outputs'>
  onRun: () => void
  /** What to say of its success. */
  outcome?: ReactNode
  /** The form's inputs. */
  children?: ReactNode
}

/** A form that runs a task, and below it how the task goes. */
export function TaskPanel({
  title,
  task,
  onRun,
  outcome,
  children,
}: TaskPanelProps) {
  const { uuid, isActive, cancel, progress, messages, error } = task
  const status = shownStatus(task)
  const percent = shownPercent(task)

  useEffect(() => {
    if (uuid) announceTask()
  }, [uuid])

  return (
    <>
      <form
        noValidate
        onSubmit={event => {
          event.preventDefault()
          if (!isActive) onRun()
        }}
      >
        {children}
        <div className="buttons">
          <button
            type="submit"
            aria-label={`Run: ${title}`}
            aria-disabled={isActive}
          >
            Run
          </button>
          <button
            type="button"
            className="quiet"
            aria-label={`Cancel: ${title}`}
            aria-disabled={!isActive}
            onClick={() => isActive && cancel()}
          >
            Cancel
          </button>
        </div>
      </form>
      <div className="state" data-status={status}>
        <p className="line">
          <span className="badge" role="status">
            {statusWords[status]}
          </span>
          <span className="count">
            {progress.target
              ? `${progress.value ?? 0} of ${progress.target} · ${progress.percent} %`
              : ''}
          </span>
        </p>
        <div
          className="bar"
          role="progressbar"
          aria-label={`Progress: ${title}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent && Math.floor(percent)}
        >
          <span
            style={
              percent === undefined ? {} : { translate: `${percent - 100}%` }
            }
          />
        </div>
        <ol className="messages" role="log" aria-label={`Messages: ${title}`}>
          {messages.map((message, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: messages are only ever added, at the end.
            <li key={index}>{String(message)}</li>
          ))}
        </ol>
        <p className="outcome" role="status">
          {error?.message ?? outcome}
        </p>
        {uuid && (
          <a className="row" href={`/tasks/${uuid}/`}>
            The task as JSON
          </a>
        )}
      </div>
    </>
  )
}
