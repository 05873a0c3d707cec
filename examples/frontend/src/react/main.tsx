import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Backup } from './Backup'
import { Connection } from './Connection'
import { Crash } from './Crash'
import { ImportCsv } from './ImportCsv'
import { MyTasks } from './MyTasks'
import { Report } from './Report'
import { Sum } from './Sum'
import { WaitSteps } from './WaitSteps'

const components = {
  Backup,
  Connection,
  Crash,
  ImportCsv,
  MyTasks,
  Report,
  Sum,
  WaitSteps,
}

for (const [name, Component] of Object.entries(components)) {
  for (const root of document.querySelectorAll(`[data-component="${name}"]`)) {
    createRoot(root).render(
      <StrictMode>
        <Component />
      </StrictMode>,
    )
  }
}
