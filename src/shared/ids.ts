/** Command ids; a test compares them with the manifest. */
export const commands = {
  openDashboard: 'mcpSwitchboard.openDashboard',
  getStarted: 'mcpSwitchboard.getStarted',
  addServer: 'mcpSwitchboard.addServer',
  importServers: 'mcpSwitchboard.importServers',
  findTool: 'mcpSwitchboard.findTool',
  browseRegistry: 'mcpSwitchboard.browseRegistry',
  setRegistryKey: 'mcpSwitchboard.setRegistryKey',
  refreshServers: 'mcpSwitchboard.refreshServers',
  startServer: 'mcpSwitchboard.startServer',
  stopServer: 'mcpSwitchboard.stopServer',
  restartServer: 'mcpSwitchboard.restartServer',
  openServer: 'mcpSwitchboard.openServer',
  openServerConfig: 'mcpSwitchboard.openServerConfig',
  showServerLog: 'mcpSwitchboard.showServerLog',
  setLogLevel: 'mcpSwitchboard.setLogLevel',
  showLog: 'mcpSwitchboard.showLog',
  diagnose: 'mcpSwitchboard.diagnose',
  setAutostartOn: 'mcpSwitchboard.setAutostartOn',
  setAutostartOff: 'mcpSwitchboard.setAutostartOff',
  forgetInputs: 'mcpSwitchboard.forgetInputs',
  forgetConsent: 'mcpSwitchboard.forgetConsent',
  runTool: 'mcpSwitchboard.runTool',
  enableTool: 'mcpSwitchboard.enableTool',
  disableTool: 'mcpSwitchboard.disableTool',
  copyName: 'mcpSwitchboard.copyName',
  openResource: 'mcpSwitchboard.openResource',
  saveResource: 'mcpSwitchboard.saveResource',
  refreshResource: 'mcpSwitchboard.refreshResource',
  usePrompt: 'mcpSwitchboard.usePrompt',
  openRequest: 'mcpSwitchboard.openRequest',
  nextRequest: 'mcpSwitchboard.nextRequest',
  allowOnce: 'mcpSwitchboard.allowOnce',
  allowSession: 'mcpSwitchboard.allowSession',
  allowAlways: 'mcpSwitchboard.allowAlways',
  deny: 'mcpSwitchboard.deny',
  denyWithReason: 'mcpSwitchboard.denyWithReason',
  diffArguments: 'mcpSwitchboard.diffArguments',
  openDefinition: 'mcpSwitchboard.openDefinition',
  signIn: 'mcpSwitchboard.signIn',
  stepUp: 'mcpSwitchboard.stepUp',
  signOut: 'mcpSwitchboard.signOut',
  switchAccount: 'mcpSwitchboard.switchAccount',
  refreshSignIn: 'mcpSwitchboard.refreshSignIn',
  forgetSignIn: 'mcpSwitchboard.forgetSignIn',
  manageDecisions: 'mcpSwitchboard.manageDecisions',
  openPolicy: 'mcpSwitchboard.openPolicy',
  acceptPolicy: 'mcpSwitchboard.acceptPolicy',
  explainPolicy: 'mcpSwitchboard.explainPolicy',
  makeRule: 'mcpSwitchboard.makeRule',
  trustServerHints: 'mcpSwitchboard.trustServerHints',
  selectTools: 'mcpSwitchboard.selectTools',
  reviewBatch: 'mcpSwitchboard.reviewBatch',
  allowBatch: 'mcpSwitchboard.allowBatch',
  denyBatch: 'mcpSwitchboard.denyBatch',
  openValue: 'mcpSwitchboard.openValue',
  reviewChanges: 'mcpSwitchboard.reviewChanges',
  acceptDefinition: 'mcpSwitchboard.acceptDefinition',
  rejectDefinition: 'mcpSwitchboard.rejectDefinition',
  acceptAllDefinitions: 'mcpSwitchboard.acceptAllDefinitions',
  askModel: 'mcpSwitchboard.askModel',
  chooseModel: 'mcpSwitchboard.chooseModel',
  sendModelAnswer: 'mcpSwitchboard.sendModelAnswer',
  refuseModelRequest: 'mcpSwitchboard.refuseModelRequest',
  answerRequest: 'mcpSwitchboard.answerRequest',
  declineRequest: 'mcpSwitchboard.declineRequest',
  editRoots: 'mcpSwitchboard.editRoots',
  filterJobs: 'mcpSwitchboard.filterJobs',
  showAllJobs: 'mcpSwitchboard.showAllJobs',
  answerJob: 'mcpSwitchboard.answerJob',
  cancelAllJobs: 'mcpSwitchboard.cancelAllJobs',
  openJob: 'mcpSwitchboard.openJob',
  openResult: 'mcpSwitchboard.openResult',
  openApp: 'mcpSwitchboard.openApp',
  cancelJob: 'mcpSwitchboard.cancelJob',
  runAgain: 'mcpSwitchboard.runAgain',
  forgetJob: 'mcpSwitchboard.forgetJob',
  forgetFinishedJobs: 'mcpSwitchboard.forgetFinishedJobs',
  installServer: 'mcpSwitchboard.installServer',
  installFromDocument: 'mcpSwitchboard.installFromDocument',
  installFromLink: 'mcpSwitchboard.installFromLink',
  undoInstall: 'mcpSwitchboard.undoInstall',
  updateServer: 'mcpSwitchboard.updateServer',
  rollBackServer: 'mcpSwitchboard.rollBackServer',
  uninstallServer: 'mcpSwitchboard.uninstallServer',
  checkForUpdates: 'mcpSwitchboard.checkForUpdates',
  connectAgent: 'mcpSwitchboard.connectAgent',
  openAgents: 'mcpSwitchboard.openAgents',
  renameAgent: 'mcpSwitchboard.renameAgent',
  revokeAgent: 'mcpSwitchboard.revokeAgent',
  configureAgent: 'mcpSwitchboard.configureAgent',
  setGateway: 'mcpSwitchboard.setGateway',
  moveGateway: 'mcpSwitchboard.moveGateway',
  openActivity: 'mcpSwitchboard.openActivity',
  exportActivity: 'mcpSwitchboard.exportActivity',
  verifyActivity: 'mcpSwitchboard.verifyActivity',
} as const;

/** The activity-bar container and its views. */
export const views = {
  container: 'mcpSwitchboard',
  servers: 'mcpSwitchboard.servers',
  inbox: 'mcpSwitchboard.inbox',
  jobs: 'mcpSwitchboard.jobs',
} as const;

/** Context keys for `when` clauses. */
export const contextKeys = {
  hasServers: 'mcpSwitchboard.hasServers',
  hasInstalled: 'mcpSwitchboard.hasInstalled', // a server was installed through us
  canUndoInstall: 'mcpSwitchboard.canUndoInstall',
  isApproval: 'mcpSwitchboard.isApproval', // the active editor is an approval document
  canDecide: 'mcpSwitchboard.canDecide', // … whose arguments are valid and that is still open
  isReview: 'mcpSwitchboard.isReview', // the active editor is a definition that can be accepted or rejected
  isModelPrompt: 'mcpSwitchboard.isModelPrompt', // the active editor is an open model request
  isModelAnswer: 'mcpSwitchboard.isModelAnswer', // … or the answer to one
  isJobsFiltered: 'mcpSwitchboard.isJobsFiltered',
  isNotStarted: 'mcpSwitchboard.isNotStarted', // the start failed: nothing of it works
} as const;

/** Settings below `mcpSwitchboard.`; none of the security ones can be set by a workspace. */
export const settings = {
  sources: 'sources', // { workspace: true, user: true, … }
  autostart: 'autostart', // never | remembered
  connectTimeout: 'connectTimeout', // seconds
  requestTimeout: 'requestTimeout', // seconds
  registries: 'registries', // [{ name, url, enabled }]
  era: 'era', // per server id: auto | legacy | modern
  captureTraffic: 'captureTraffic',
  agentApprovals: 'agentApprovals', // open | notify
  notifyFinishedJobs: 'notifyFinishedJobs', // always | unfocused | never
  samplingRequestsPerHour: 'samplingRequestsPerHour', // per server; 0 = none
  samplingTokensPerDay: 'samplingTokensPerDay', // per server; 0 = none
  auth: 'auth', // by address of a server: { clientId, issuer, scopes, … }
  authRedirect: 'authRedirect', // auto | loopback | editor
  serverCards: 'serverCards',
  activityKeepDays: 'activity.keepDays', // 0 = without limit
  activityMaxMegabytes: 'activity.maxMegabytes', // 0 = without limit
  gatewayEnabled: 'gateway.enabled', // auto | on | off
  gatewayPort: 'gateway.port', // 0 = chosen once and kept
  gatewayJobTools: 'gateway.jobTools',
  gatewayDiscovery: 'gateway.discovery', // auto | on | off
  gatewayDiscoveryAboveTools: 'gateway.discoveryAboveTools',
  gatewayDiscoveryAboveTokens: 'gateway.discoveryAboveTokens',
  gatewayQuestions: 'gateway.questions', // inbox | caller
} as const;

/** The document schemes of approval editors, of read-only documents and of model requests. */
export const schemes = {
  approval: 'mcp-switchboard-approval',
  batch: 'mcp-switchboard-batch',
  result: 'mcp-switchboard-result',
  resource: 'mcp-switchboard-resource',
  sampling: 'mcp-switchboard-sampling',
  review: 'mcp-switchboard-review',
} as const;
