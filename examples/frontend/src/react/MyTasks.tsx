import { useTasks } from '@django-task-api/react'
import { cancel, retry, type TaskInfo } from 'django-task-api'
import { useEffect } from 'react'
import { onNewTask } from '../newTasks'
import { statusWords } from '../words'

export function MyTasks() {
  const { tasks, isLoading, hasNext, error, refresh, fetchNext } = useTasks()
  useEffect(() => onNewTask(refresh), [refresh])

  return (
    <>
      <ul className="tasks">
        {tasks.map(task => (
          <Row key={task.uuid} task={task} onChange={refresh} />
        ))}
      </ul>
      {hasNext && (
        <button type="button" className="quiet" onClick={fetchNext}>
          Show more
        </button>
      )}
      <p role="status" className="note">
        {error?.message ??
          (isLoading
            ? 'Loading …'
            : tasks.length === 0 && 'No tasks yet. Run some above.')}
      </p>
    </>
  )
}

function Row({ task, onChange }: { task: TaskInfo; onChange: () => void }) {
  const { uuid, status, progress, target } = task
  const [word, change] = task.finished
    ? (['Retry', retry] as const)
    : (['Cancel', cancel] as const)
  return (
    <li className="state" data-uuid={uuid} data-status={status}>
      <a className="name" href={`/tasks/${uuid}/`}>
        {task.task}
      </a>
      <span className="badge">{statusWords[status]}</span>
      <time className="count" dateTime={task.created}>
        {new Date(task.created).toLocaleTimeString()}
      </time>
      <span className="count percent">
        {target && `${Math.floor((100 * (progress ?? 0)) / target)} %`}
      </span>
      {status !== 'succeeded' && (
        <button
          type="button"
          className="quiet"
          aria-label={`${word} ${task.task}`}
          onClick={() => change(uuid).then(onChange, onChange)}
        >
          {word}
        </button>
      )}
    </li>
  )
}
