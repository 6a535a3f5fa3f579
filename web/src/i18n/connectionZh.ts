/** 关于连接，以及尚未发出的问题。 */
export const connectionZh = {
  connection: {
    offline: "当前没有网络。现在发送的问题会先保存，联网后自动发出。",
    reconnecting: "连接断开，正在重连；回复仍在后台继续。",
    silent: "服务器没有回应，正在继续尝试。",
    again: (seconds: number) => `${seconds} 秒后自动重试。`,
    signIn: "登录",
    notYet: "暂时无法使用",
  },
  worker: {
    awaited: "正在等待处理进程",
    absent: "目前没有处理进程在运行。问题已保存，进程启动后就会回答。",
  },
  unsent: {
    label: "尚未发出的问题",
    waits: "尚未发出，恢复连接后自动发送。",
    sending: "发送中…",
    arrived: "原来的文字已经发出，修改后的没有发出。",
    edit: "修改文字",
    remove: "删除，不发送",
    again: "发送",
    removed: "已删除，不会发送",
    kept: "没有连接：问题已保存，稍后自动发送",
  },
  broken: {
    title: "页面停止工作了",
    text: "页面本身、扩展程序或翻译工具的改动使它停了下来。对话都在服务器上，写了一半的内容也保存在这个浏览器里。",
    draft: "刚才在写的内容：",
    reload: "重新加载页面",
  },
};
