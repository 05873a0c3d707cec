import { createApp } from 'vue'
import Backup from './Backup.vue'
import Connection from './Connection.vue'
import Crash from './Crash.vue'
import ImportCsv from './ImportCsv.vue'
import MyTasks from './MyTasks.vue'
import Report from './Report.vue'
import Sum from './Sum.vue'
import WaitSteps from './WaitSteps.vue'

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

for (const [name, component] of Object.entries(components)) {
  for (const root of document.querySelectorAll(`[data-component="${name}"]`))
    createApp(component).mount(root)
}
