import { useTask } from '@django-task-api/react'
import { useState } from 'react'
import { TaskPanel } from './TaskPanel'

export function Report() {
  const [month, setMonth] = useState('January')
  const report = useTask('report', { resume: 'report' })
  return (
    <TaskPanel
      title="Messages"
      task={report}
      onRun={() => report.run({ month })}
      outcome={report.isSucceeded && `${report.outputs.file} is ready.`}
    >
      <label className="field">
        Month
        <select value={month} onChange={event => setMonth(event.target.value)}>
          <option>January</option>
          <option>February</option>
          <option>March</option>
        </select>
      </label>
    </TaskPanel>
  )
}
