import { useTask } from '@django-task-api/react'
import { useState } from 'react'
import { TaskPanel } from './TaskPanel'

const file = `Ada,ada@example.com
Grace,grace@example.com
Alan,alan@example.com`

export function ImportCsv() {
  const [text, setText] = useState(file)
  const load = useTask('import-csv')
  return (
    <TaskPanel
      title="Failing with a message"
      task={load}
      onRun={() => load.run({ text })}
      outcome={load.isSucceeded && `${load.outputs.rows} rows imported.`}
    >
      <label className="field">
        File
        <textarea
          rows={4}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </label>
    </TaskPanel>
  )
}
