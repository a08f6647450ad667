/** Virtual directory of the pages that agents ask, in the form that doors compare. */
const AGENT_DIRECTORY = '/altiris/ns/agent/';

/** True for `/Altiris/NS/Agent/{name}.asp` and `.aspx`, whatever the case; `name` in lower case. */
export function agentPage(name: string): (lowerPath: string) => boolean {
  const asp = `${AGENT_DIRECTORY}${name}.asp`;
  const aspx = `${asp}x`;
  return (lowerPath) => lowerPath === aspx || lowerPath === asp;
}
