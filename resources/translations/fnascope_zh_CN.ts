<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>AboutDialog</name>
    <message>
      <location filename="app/ui/dialogs/about.py"></location>
      <source>A viewer for whole slides of fine needle aspiration cytology. A small vision transformer scores the tiles; a person reads the slide and decides.</source>
      <translation>用于细针穿刺细胞学全切片的阅片软件。由一个小型视觉 Transformer 模型为图块评分；阅片和判断由人完成。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/about.py"></location>
      <source>About FNAScope</source>
      <translation>关于 FNAScope</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/about.py"></location>
      <source>Copy &amp;details</source>
      <translation>复制详细信息(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/about.py"></location>
      <source>FNAScope: Apache-2.0. It uses:</source>
      <translation>FNAScope：Apache-2.0 许可。使用了：</translation>
    </message>
  </context>
  <context>
    <name>Actions</name>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;About FNAScope</source>
      <translation>关于 FNAScope(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;All in focus (fused planes)</source>
      <translation>全焦融合（合并各焦平面）(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;All results into a folder...</source>
      <translation>将全部结果导出到文件夹(&amp;A)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Attention map</source>
      <translation>注意力图(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Calibrate scale...</source>
      <translation>标定比例尺(&amp;C)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Cancel scoring</source>
      <translation>取消评分(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Classes...</source>
      <translation>类别(&amp;C)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Close slide</source>
      <translation>关闭切片(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Confirm the field</source>
      <translation>确认此视野(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Copy</source>
      <translation>复制(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Coverage track: what was seen</source>
      <translation>阅片轨迹：已看过的范围(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>&amp;Decisions, groups and marks as CSV...</source>
      <translation>将判断、细胞团和标注导出为 CSV(&amp;D)...</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Delete</source>
      <translation>删除(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Demonstration mode</source>
      <translation>演示模式(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Dot the field</source>
      <translation>在此视野打点(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Ellipse</source>
      <translation>椭圆(&amp;E)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Fit to window</source>
      <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Freehand</source>
      <translation>手绘(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Heatmaps as PNG...</source>
      <translation>将热图导出为 PNG(&amp;H)...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>&amp;Human first</source>
      <translation>先人后机(&amp;H)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Import marks (GeoJSON, ASAP)...</source>
      <translation>导入标注（GeoJSON、ASAP）(&amp;I)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Keyboard shortcuts</source>
      <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Legend</source>
      <translation>图例(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Line with length</source>
      <translation>直线（测长度）(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Minimap</source>
      <translation>缩略导航图(&amp;M)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Model card...</source>
      <translation>模型说明卡(&amp;M)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Models...</source>
      <translation>模型管理(&amp;M)...</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Move the slide</source>
      <translation>移动切片(&amp;M)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>&amp;Next group</source>
      <translation>下一个细胞团(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Next mark</source>
      <translation>下一个标注(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Next slide of the folder</source>
      <translation>文件夹中的下一张切片(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Next suspicious field</source>
      <translation>下一个可疑视野(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Open slide...</source>
      <translation>打开切片(&amp;O)...</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Paste</source>
      <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Pause scoring</source>
      <translation>暂停评分(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Point</source>
      <translation>点(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Preferences...</source>
      <translation>首选项(&amp;P)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Previous slide of the folder</source>
      <translation>文件夹中的上一张切片(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Previous suspicious field</source>
      <translation>上一个可疑视野(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>&amp;Propose a group</source>
      <translation>提示一个细胞团(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Quit</source>
      <translation>退出(&amp;Q)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Rectangle</source>
      <translation>矩形(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Redo</source>
      <translation>重做(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>&amp;Report...</source>
      <translation>报告(&amp;R)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Resume scoring</source>
      <translation>继续评分(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>&amp;Select marks</source>
      <translation>选择标注(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Sharpest plane of this field</source>
      <translation>此视野最清晰的焦平面(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Snapshot of the view...</source>
      <translation>保存当前视野截图(&amp;S)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Start scoring</source>
      <translation>开始评分(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Turn left by 15°</source>
      <translation>向左转 15°(&amp;T)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Undo</source>
      <translation>撤销(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>&amp;Weigh the slide (slide model)</source>
      <translation>用整片模型评估切片(&amp;W)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Ali&amp;gn both slides at one place</source>
      <translation>以同一位置对齐两张切片(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Analysis</source>
      <translation>分析</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Cases of this s&amp;lide...</source>
      <translation>此切片的病例(&amp;L)...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>Category &amp;{0}, {1}</source>
      <translation>分类 &amp;{0}，{1}</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Class &amp;heatmap</source>
      <translation>类别热图(&amp;H)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Close the slide besi&amp;de</source>
      <translation>关闭并排的切片(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>Count &amp;group</source>
      <translation>细胞团计数(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Discard scores and score &amp;again...</source>
      <translation>丢弃评分并重新评分(&amp;A)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Dismi&amp;ss the field</source>
      <translation>排除此视野(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Edit</source>
      <translation>编辑</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Export &amp;marks as GeoJSON (QuPath)...</source>
      <translation>将标注导出为 GeoJSON（QuPath）(&amp;M)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>F&amp;ull screen</source>
      <translation>全屏(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>File</source>
      <translation>文件</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Focal plane &amp;down</source>
      <translation>焦平面向下(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Focal plane &amp;up</source>
      <translation>焦平面向上(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>Go to the &amp;sheet</source>
      <translation>转到判读单(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Heatmap of the slide beside</source>
      <translation>并排切片的热图</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Help</source>
      <translation>帮助</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>Hi&amp;de the proposals</source>
      <translation>隐藏提示(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Loc&amp;k</source>
      <translation>锁定(&amp;K)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Magnification needs the slide's scale: calibrate it first (Ctrl+K)</source>
      <translation>放大倍数需要切片的比例尺：请先标定（Ctrl+K）</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Marks</source>
      <translation>标注</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Move both slides &amp;together</source>
      <translation>两张切片同步移动(&amp;T)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>N&amp;ote</source>
      <translation>备注(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Next &amp;unseen cellular field</source>
      <translation>下一个未看过的有细胞视野(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Open &amp;folder...</source>
      <translation>打开文件夹(&amp;F)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Open a slide &amp;beside...</source>
      <translation>并排打开另一张切片(&amp;B)...</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Open c&amp;ase...</source>
      <translation>打开病例(&amp;A)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Open the &amp;log file</source>
      <translation>打开日志文件(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Overlays</source>
      <translation>叠加层</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Pol&amp;ygon</source>
      <translation>多边形(&amp;Y)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Pre&amp;vious mark</source>
      <translation>上一个标注(&amp;V)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>R&amp;eset rotation</source>
      <translation>恢复旋转(&amp;E)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Rotate &amp;left by 90°</source>
      <translation>向左旋转 90°(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Rotate &amp;right by 90°</source>
      <translation>向右旋转 90°(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>S&amp;ign or amend...</source>
      <translation>签发或更正(&amp;I)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Score the focal plane that is shown</source>
      <translation>对当前显示的焦平面评分</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Scores as &amp;CSV...</source>
      <translation>将评分导出为 CSV(&amp;C)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Scores as &amp;GeoJSON (QuPath)...</source>
      <translation>将评分导出为 GeoJSON（QuPath）(&amp;G)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Second &amp;opinion on the field</source>
      <translation>对此视野取第二意见(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Second opinion on the first 20 fields</source>
      <translation>对前 20 个视野取第二意见</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Select &amp;all marks</source>
      <translation>全选标注(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>Sheet</source>
      <translation>判读单</translation>
    </message>
    <message>
      <location filename="app/ui/marking/mark_actions.py"></location>
      <source>Show mar&amp;ks</source>
      <translation>显示标注(&amp;K)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/sheet_actions.py"></location>
      <source>Slide &amp;metadata, de-identified...</source>
      <translation>切片元数据（去标识化）(&amp;M)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Stored &amp;results of this slide...</source>
      <translation>此切片已保存的结果(&amp;R)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Turn right by &amp;15°</source>
      <translation>向右转 &amp;15°</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Use a model from a &amp;folder...</source>
      <translation>使用文件夹中的模型(&amp;F)...</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>View</source>
      <translation>视图</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Zoom &amp;in</source>
      <translation>放大(&amp;I)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>Zoom &amp;out</source>
      <translation>缩小(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/actions.py"></location>
      <source>{0}x</source>
      <translation>{0}x</translation>
    </message>
  </context>
  <context>
    <name>AmendDialog</name>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>&amp;Amend and sign</source>
      <translation>更正并签发(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>&amp;Reader</source>
      <translation>阅片者(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Amend the signed sheet</source>
      <translation>更正已签发的判读单</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Name of who amends</source>
      <translation>更正者姓名</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Reaso&amp;n</source>
      <translation>原因(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Reason of the amendment</source>
      <translation>更正原因</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>The earlier signatures stay; the report tells what was changed, by whom and why.</source>
      <translation>先前的签发记录会保留；报告会说明何人因何更改了什么。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>e.g. second opinion of Dr. Wu</source>
      <translation>例如：吴医师的第二意见</translation>
    </message>
  </context>
  <context>
    <name>AmendLists</name>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Cells</source>
      <translation>细胞数</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Confirmed &amp;fields</source>
      <translation>已确认的视野(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Confirmed field</source>
      <translation>已确认的视野</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Confirmed fields of the signed sheet</source>
      <translation>已签发判读单的已确认视野</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Gro&amp;ups</source>
      <translation>细胞团(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Group</source>
      <translation>细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Groups of the signed sheet</source>
      <translation>已签发判读单的细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/amend_lists.py"></location>
      <source>Space takes a row out; F2 corrects the number of cells of a group.</source>
      <translation>空格键移除一行；F2 更正细胞团的细胞数。</translation>
    </message>
  </context>
  <context>
    <name>AnalysisPanel</name>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>  ·  {0} left</source>
      <translation>  ·  剩余 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>  ·  {0} of {1} tiles</source>
      <translation>  ·  {0} / {1} 个图块</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>, {0} unreadable</source>
      <translation>，{0} 个无法读取</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Cancelled</source>
      <translation>已取消</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Choose one under Analysis &gt; Choose model.</source>
      <translation>请在“分析 &gt; 选择模型”中选择。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Finding cells</source>
      <translation>正在查找细胞</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Model card</source>
      <translation>模型说明卡</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>No model</source>
      <translation>无模型</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Not scored</source>
      <translation>未评分</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Paused</source>
      <translation>已暂停</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Scored</source>
      <translation>已评分</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Scoring</source>
      <translation>正在评分</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Scoring progress</source>
      <translation>评分进度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Starting</source>
      <translation>正在启动</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Stopped by an error</source>
      <translation>因错误停止</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>This model is used when a slide is opened.</source>
      <translation>打开切片时使用此模型。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>Trained on {0}  ·  {1} px, {2} µm/px</source>
      <translation>训练数据：{0}  ·  {1} px，{2} µm/px</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>phantoms (synthetic)</source>
      <translation>模拟数据（合成）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/analysis_panel.py"></location>
      <source>{0} tiles/s</source>
      <translation>{0} 图块/秒</translation>
    </message>
  </context>
  <context>
    <name>Application</name>
    <message>
      <location filename="app/ui/application.py"></location>
      <source>FNAScope met an error that it did not expect. You can go on: marks and decisions are saved already.</source>
      <translation>FNAScope 遇到意外错误。您可以继续工作：标注和判断均已保存。</translation>
    </message>
  </context>
  <context>
    <name>AttentionLayer</name>
    <message>
      <location filename="app/ui/canvas/attention_layer.py"></location>
      <source>Attention of the model (not a diagnosis)</source>
      <translation>模型注意力（不是诊断）</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/attention_layer.py"></location>
      <source>times the tile's average, log scale, the same for all tiles; 1 or less is clear</source>
      <translation>相对图块平均值的倍数，对数刻度，所有图块一致；不大于 1 时透明</translation>
    </message>
  </context>
  <context>
    <name>Beside</name>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>Click the same place on both slides (Esc: cancel).</source>
      <translation>请在两张切片上点击同一位置（Esc 取消）。</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>Now the same place on the other slide.</source>
      <translation>现在请在另一张切片上点击同一位置。</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>Open a second slide beside this one</source>
      <translation>在旁边打开第二张切片</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>Opening {0} beside ...</source>
      <translation>正在并排打开 {0} ...</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>The views cannot be linked before the scale of both slides is known.</source>
      <translation>两张切片的比例尺都已知后才能同步。</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>scale unknown</source>
      <translation>比例尺未知</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>{0} could not be opened.</source>
      <translation>无法打开 {0}。</translation>
    </message>
    <message>
      <location filename="app/ui/beside/beside.py"></location>
      <source>{0} µm/px</source>
      <translation>{0} µm/px</translation>
    </message>
  </context>
  <context>
    <name>BesidePane</name>
    <message>
      <location filename="app/ui/beside/pane.py"></location>
      <source>Second slide</source>
      <translation>第二张切片</translation>
    </message>
  </context>
  <context>
    <name>Bethesda</name>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Atypia of undetermined significance</source>
      <translation>意义不明的非典型性病变</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Benign</source>
      <translation>良性</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Follicular neoplasm</source>
      <translation>滤泡性肿瘤</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Malignant</source>
      <translation>恶性</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Nondiagnostic</source>
      <translation>不能诊断</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Suspicious for malignancy</source>
      <translation>可疑恶性</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>nuclear</source>
      <translation>细胞核非典型</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>other</source>
      <translation>其他</translation>
    </message>
  </context>
  <context>
    <name>CalibrateDialog</name>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source> µm/px</source>
      <translation> µm/px</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>&amp;Back to the file's scale</source>
      <translation>恢复文件中的比例尺(&amp;B)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>&amp;Micrometres per pixel</source>
      <translation>每像素微米数(&amp;M)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>&amp;Objective of the scan</source>
      <translation>扫描物镜(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>&amp;Use this scale</source>
      <translation>使用此比例尺(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Calibrate scale</source>
      <translation>标定比例尺</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Choose the objective</source>
      <translation>选择物镜</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Enter the scale, or choose the objective.</source>
      <translation>请输入比例尺，或选择物镜。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Everything measured or scored depends on this number. It is remembered for this slide and written into every export as calibrated by the user.</source>
      <translation>所有测量和评分都取决于此数值。程序会为此切片记住它，并在每份导出文件中注明“由用户标定”。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Micrometres per pixel</source>
      <translation>每像素微米数</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Objective of the scan</source>
      <translation>扫描物镜</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>Scale: {0} µm/px, so one pixel on the slide is shown 1:1 at {1}x.</source>
      <translation>比例尺：{0} µm/px，即在 {1}x 时切片像素按 1:1 显示。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>The file does not say how many micrometres a pixel spans.</source>
      <translation>文件未说明每个像素对应多少微米。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>The file says {0} µm/px, which cannot be the scale of a slide.</source>
      <translation>文件标明 {0} µm/px，这不可能是切片的比例尺。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>The file says {0} µm/px.</source>
      <translation>文件标明 {0} µm/px。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>The scale in use is {0} µm/px, calibrated by you.</source>
      <translation>当前使用的比例尺为 {0} µm/px，由您标定。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>{0} µm/px cannot be: a scale lies between {1} and {2} µm/px.</source>
      <translation>{0} µm/px 不合理：比例尺应在 {1} 到 {2} µm/px 之间。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/calibrate.py"></location>
      <source>{0}x, commonly {1} µm/px</source>
      <translation>{0}x，通常为 {1} µm/px</translation>
    </message>
  </context>
  <context>
    <name>CaseChoice</name>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>Look for the slide in this folder and those below it</source>
      <translation>在此文件夹及其子文件夹中查找切片</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>Look in a folder...</source>
      <translation>在文件夹中查找...</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>Looking for the slide of this case ...</source>
      <translation>正在查找此病例的切片 ...</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>Open the case in this folder</source>
      <translation>打开此文件夹中的病例</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>Reading the cases of this slide ...</source>
      <translation>正在读取此切片的病例 ...</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>The slide {0} of this case ({1} marks) is not where it was: {2}.</source>
      <translation>此病例的切片 {0}（{1} 个标注）不在原来的位置：{2}。</translation>
    </message>
    <message>
      <location filename="app/ui/case_choice.py"></location>
      <source>This slide belongs to {0} more cases: File &gt; Cases of this slide.</source>
      <translation>此切片还属于另外 {0} 个病例：“文件 &gt; 此切片的病例”。</translation>
    </message>
  </context>
  <context>
    <name>CaseLink</name>
    <message>
      <location filename="app/ui/case_link.py"></location>
      <source>A change of many marks is still being made: try again in a moment.</source>
      <translation>大量标注的更改仍在进行：请稍后再试。</translation>
    </message>
    <message>
      <location filename="app/ui/case_link.py"></location>
      <source>The case is still being opened: try again in a moment.</source>
      <translation>病例仍在打开中：请稍候再试。</translation>
    </message>
  </context>
  <context>
    <name>CaseNotices</name>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>All changes are saved.</source>
      <translation>所有更改均已保存。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Another folder...</source>
      <translation>其他文件夹...</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Drop the changes</source>
      <translation>放弃更改</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Go back</source>
      <translation>返回</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Not saved: {0} changes</source>
      <translation>未保存：{0} 项更改</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Nothing can be marked or decided on this slide: {0}</source>
      <translation>此切片无法标注或判断：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>OK</source>
      <translation>确定</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Restore</source>
      <translation>恢复</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Restore a backup...</source>
      <translation>恢复备份...</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Restore the newest whole backup of this case? The damaged file is kept beside it.</source>
      <translation>恢复此病例最新的完整备份？损坏的文件会保留在旁边。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Save elsewhere...</source>
      <translation>另存到别处...</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Save this case in</source>
      <translation>将此病例保存到</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Take over</source>
      <translation>接管</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Take over...</source>
      <translation>接管...</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Take this case over? The other window can save nothing more in it.</source>
      <translation>接管此病例？另一窗口将无法再保存任何内容。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>The case is saved in {0}.</source>
      <translation>病例已保存到 {0}。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>The last session ended unexpectedly; everything up to its last second is here.</source>
      <translation>上次使用意外中断；直到最后一秒的内容都已恢复。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>The slide is closed, but its last changes are not saved yet.</source>
      <translation>切片已关闭，但最后的更改尚未保存。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>This case is open elsewhere ({user} on {host}, process {pid}); here it can only be read.</source>
      <translation>此病例已在别处打开（{user}，{host}，进程 {pid}）；此处只能查看。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>This case is open elsewhere; here it can only be read.</source>
      <translation>此病例已在别处打开；此处只能查看。</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Try again</source>
      <translation>重试</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>Where to keep this case</source>
      <translation>此病例的保存位置</translation>
    </message>
    <message>
      <location filename="app/ui/case_notices.py"></location>
      <source>{0} changes are not saved yet.</source>
      <translation>{0} 项更改尚未保存。</translation>
    </message>
  </context>
  <context>
    <name>CaseUndo</name>
    <message>
      <location filename="app/ui/case_undo.py"></location>
      <source>&amp;Redo</source>
      <translation>重做(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/case_undo.py"></location>
      <source>&amp;Redo {0}</source>
      <translation>重做 {0}(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/case_undo.py"></location>
      <source>&amp;Undo</source>
      <translation>撤销(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/case_undo.py"></location>
      <source>&amp;Undo {0}</source>
      <translation>撤销 {0}(&amp;U)</translation>
    </message>
  </context>
  <context>
    <name>CasesDialog</name>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>&amp;Open</source>
      <translation>打开(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>A slide may be read in several cases; the one that is open is bold.</source>
      <translation>一张切片可属于多个病例；当前打开的以粗体显示。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Case</source>
      <translation>病例</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Cases</source>
      <translation>病例</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Cases of this slide</source>
      <translation>此切片的病例</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Last change</source>
      <translation>最后更改</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Marks</source>
      <translation>标注</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Reader</source>
      <translation>读取程序</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Slides</source>
      <translation>切片</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/cases.py"></location>
      <source>Start a &amp;new case</source>
      <translation>新建病例(&amp;N)</translation>
    </message>
  </context>
  <context>
    <name>CategoryBox</name>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>1 to 6 or Space chooses, Delete takes the choice back. Anywhere in the window: Ctrl+1 to Ctrl+6.</source>
      <translation>按 1 至 6 或空格键选择，Delete 键撤回。在窗口任意处：Ctrl+1 至 Ctrl+6。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Bethesda category</source>
      <translation>Bethesda 分类</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Right: published risk of malignancy of the category, mean (range), doi {0}</source>
      <translation>右侧：该分类已发表的恶性风险，均值（范围），doi {0}</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Su&amp;btype</source>
      <translation>亚型(&amp;B)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>Subtype of the category</source>
      <translation>分类的亚型</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>chosen</source>
      <translation>已选</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>not stated</source>
      <translation>未说明</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/category_box.py"></location>
      <source>{0}, {1}, risk {2}</source>
      <translation>{0}，{1}，风险 {2}</translation>
    </message>
  </context>
  <context>
    <name>Checklist</name>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Crowding and overlap</source>
      <translation>核拥挤、重叠</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Intranuclear pseudoinclusions</source>
      <translation>核内假包涵体</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Marginal micronucleoli</source>
      <translation>边集的小核仁</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Multinucleated giant cells</source>
      <translation>多核巨细胞</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Nuclear enlargement</source>
      <translation>核增大</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Nuclear grooves</source>
      <translation>核沟</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Oval nuclei, irregular contour</source>
      <translation>核卵圆形、轮廓不规则</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Pale, powdery chromatin</source>
      <translation>染色质苍白、粉尘状</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Papillae or syncytial sheets</source>
      <translation>乳头或合体样细胞片</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Psammoma bodies</source>
      <translation>砂粒体</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Ropy colloid</source>
      <translation>条索状黏稠胶质</translation>
    </message>
  </context>
  <context>
    <name>ChecklistBox</name>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Nuclear features</source>
      <translation>核特征</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Space changes, + present, - absent, Delete not assessed</source>
      <translation>空格键切换，+ 有，- 无，Delete 未评估</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>Space: present, absent, not assessed in turn. + present, - absent, Delete not assessed.</source>
      <translation>空格键：依次为有、无、未评估。+ 有，- 无，Delete 未评估。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>absent</source>
      <translation>无</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>not assessed</source>
      <translation>未评估</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/checklist_box.py"></location>
      <source>present</source>
      <translation>有</translation>
    </message>
  </context>
  <context>
    <name>ClassNames</name>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Background</source>
      <translation>背景</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Benign</source>
      <translation>良性</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Benign follicular</source>
      <translation>良性滤泡细胞</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Colloid</source>
      <translation>胶质</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Follicular neoplasm</source>
      <translation>滤泡性肿瘤</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Inflammation</source>
      <translation>炎症</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Lymphocytes</source>
      <translation>淋巴细胞</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Macrophages</source>
      <translation>巨噬细胞</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Malignant</source>
      <translation>恶性</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Microfollicle</source>
      <translation>微滤泡</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Oncocytic cells</source>
      <translation>嗜酸细胞</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>Papillary carcinoma</source>
      <translation>乳头状癌</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>benign</source>
      <translation>良性</translation>
    </message>
    <message>
      <location filename="app/ui/class_names.py"></location>
      <source>suspicious</source>
      <translation>可疑</translation>
    </message>
  </context>
  <context>
    <name>ClassTable</name>
    <message>
      <location filename="app/ui/panels/class_table.py"></location>
      <source>Class</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/class_table.py"></location>
      <source>Classes: shown in the heatmap, tiles, share</source>
      <translation>类别：是否显示于热图、图块数、占比</translation>
    </message>
    <message>
      <location filename="app/ui/panels/class_table.py"></location>
      <source>Share</source>
      <translation>占比</translation>
    </message>
    <message>
      <location filename="app/ui/panels/class_table.py"></location>
      <source>Tiles</source>
      <translation>图块</translation>
    </message>
    <message>
      <location filename="app/ui/panels/class_table.py"></location>
      <source>{0}
Ticked: shown in the heatmap</source>
      <translation>{0}
勾选：在热图中显示</translation>
    </message>
  </context>
  <context>
    <name>Commands</name>
    <message>
      <location filename="app/ui/commands.py"></location>
      <source>All files (*)</source>
      <translation>所有文件 (*)</translation>
    </message>
    <message>
      <location filename="app/ui/commands.py"></location>
      <source>Choose a model bundle (a folder NAME.fnabundle)</source>
      <translation>选择模型包（名为 NAME.fnabundle 的文件夹）</translation>
    </message>
    <message>
      <location filename="app/ui/commands.py"></location>
      <source>Open slide</source>
      <translation>打开切片</translation>
    </message>
    <message>
      <location filename="app/ui/commands.py"></location>
      <source>Slides ({0})</source>
      <translation>切片 ({0})</translation>
    </message>
    <message>
      <location filename="app/ui/commands.py"></location>
      <source>The log lies in {0}; there is no program here to show it.</source>
      <translation>日志位于 {0}；此处没有可打开它的程序。</translation>
    </message>
  </context>
  <context>
    <name>CountField</name>
    <message>
      <location filename="app/ui/sheet/count_field.py"></location>
      <source>Cells in this group</source>
      <translation>此细胞团的细胞数</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/count_field.py"></location>
      <source>Enter</source>
      <translation>输入</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/count_field.py"></location>
      <source>Number of cells in this group</source>
      <translation>此细胞团的细胞数</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/count_field.py"></location>
      <source>Type the number and press Enter; Esc gives up</source>
      <translation>输入数目后按 Enter；Esc 放弃</translation>
    </message>
  </context>
  <context>
    <name>CoverageLayer</name>
    <message>
      <location filename="app/ui/canvas/coverage_layer.py"></location>
      <source>Seen at</source>
      <translation>已看倍数</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/coverage_layer.py"></location>
      <source>{0}x and closer</source>
      <translation>{0}x 及以上</translation>
    </message>
  </context>
  <context>
    <name>CoverageReadout</name>
    <message>
      <location filename="app/ui/canvas/coverage_readout.py"></location>
      <source>Cellular area seen</source>
      <translation>已看的有细胞区域</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/coverage_readout.py"></location>
      <source>Cellular area seen: {0}</source>
      <translation>已看的有细胞区域：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/coverage_readout.py"></location>
      <source>Click: J goes to the next cellular field not yet seen at {0}x</source>
      <translation>点击后，J 键转到下一个尚未以 {0}x 看过的有细胞视野</translation>
    </message>
  </context>
  <context>
    <name>CoverageTrack</name>
    <message>
      <location filename="app/ui/coverage.py"></location>
      <source>All cellular area has been seen at {0}x.</source>
      <translation>所有有细胞区域均已以 {0}x 看过。</translation>
    </message>
    <message>
      <location filename="app/ui/coverage.py"></location>
      <source>Cellular area seen: known once the cells are found (scoring, or J)</source>
      <translation>已看的有细胞区域：查找细胞后可知（评分，或按 J）</translation>
    </message>
    <message>
      <location filename="app/ui/coverage.py"></location>
      <source>No cells were found on this slide.</source>
      <translation>此切片上未找到细胞。</translation>
    </message>
    <message>
      <location filename="app/ui/coverage.py"></location>
      <source>The cells are being found; then the view goes to the first field.</source>
      <translation>正在查找细胞；随后视图转到第一个视野。</translation>
    </message>
    <message>
      <location filename="app/ui/coverage.py"></location>
      <source>The slide's scale is not known: calibrate it first (Ctrl+K).</source>
      <translation>切片的比例尺未知：请先标定（Ctrl+K）。</translation>
    </message>
    <message>
      <location filename="app/ui/coverage.py"></location>
      <source>This field is out of focus: it does not count as seen.</source>
      <translation>此视野失焦：不计为已看。</translation>
    </message>
  </context>
  <context>
    <name>DisplayColours</name>
    <message>
      <location filename="app/ui/display_colours.py"></location>
      <source>Colours of the display: {0}</source>
      <translation>显示颜色：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/display_colours.py"></location>
      <source>brightness {0}</source>
      <translation>亮度 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/display_colours.py"></location>
      <source>colour profile applied</source>
      <translation>已应用颜色配置文件</translation>
    </message>
    <message>
      <location filename="app/ui/display_colours.py"></location>
      <source>contrast {0}</source>
      <translation>对比度 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/display_colours.py"></location>
      <source>gamma {0}</source>
      <translation>伽马 {0}</translation>
    </message>
  </context>
  <context>
    <name>DisplayPanel</name>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Apply the file's colour profile (ICC)</source>
      <translation>应用文件的颜色配置（ICC）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Brightness</source>
      <translation>亮度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Brightness, contrast and gamma as they were; the profile is applied again</source>
      <translation>亮度、对比度和伽马恢复原值；重新应用颜色配置</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Colours of the display</source>
      <translation>显示颜色</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Contrast</source>
      <translation>对比度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Focal plane</source>
      <translation>焦平面</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Focal plane (Shift+wheel, or [ and ])</source>
      <translation>焦平面（Shift+滚轮，或 [ 和 ]）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Gamma</source>
      <translation>伽马</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Reset colours</source>
      <translation>恢复颜色</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Scored: {0}</source>
      <translation>已评分：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>Show the colours as the scanner measured them, instead of its raw values</source>
      <translation>按扫描仪测得的颜色显示，而不是原始数值</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>The file has no colour profile (ICC)</source>
      <translation>文件没有颜色配置（ICC）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>The model always scores the pixels of the file; thumbnails show them as well.</source>
      <translation>模型始终对文件原始像素评分；缩略图也显示原始像素。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/display_panel.py"></location>
      <source>The slide has one focal plane.</source>
      <translation>切片只有一个焦平面。</translation>
    </message>
  </context>
  <context>
    <name>Docks</name>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Analysis</source>
      <translation>分析</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Analysis and slide</source>
      <translation>分析与切片</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Fields</source>
      <translation>视野</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Fields and worklist</source>
      <translation>视野与工作列表</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Marks</source>
      <translation>标注</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Slide</source>
      <translation>切片</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>The most suspicious fields of the slide</source>
      <translation>切片中最可疑的视野</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>The slides of a folder</source>
      <translation>文件夹中的切片</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>View</source>
      <translation>视图</translation>
    </message>
    <message>
      <location filename="app/ui/docks.py"></location>
      <source>Worklist</source>
      <translation>工作列表</translation>
    </message>
  </context>
  <context>
    <name>EmptyState</name>
    <message>
      <location filename="app/ui/canvas/empty_state.py"></location>
      <source>Drop a slide here</source>
      <translation>将切片拖到这里</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/empty_state.py"></location>
      <source>or press Ctrl+O to open one</source>
      <translation>或按 Ctrl+O 打开</translation>
    </message>
  </context>
  <context>
    <name>ErrorBox</name>
    <message>
      <location filename="app/ui/dialogs/error.py"></location>
      <source>Copy &amp;details</source>
      <translation>复制详细信息(&amp;D)</translation>
    </message>
  </context>
  <context>
    <name>Exports</name>
    <message>
      <location filename="app/ui/exports.py"></location>
      <source>Choose a folder for the results</source>
      <translation>选择保存结果的文件夹</translation>
    </message>
    <message>
      <location filename="app/ui/exports.py"></location>
      <source>Export scores</source>
      <translation>导出评分</translation>
    </message>
    <message>
      <location filename="app/ui/exports.py"></location>
      <source>Save snapshot</source>
      <translation>保存截图</translation>
    </message>
    <message>
      <location filename="app/ui/exports.py"></location>
      <source>Writing results ...</source>
      <translation>正在写入结果 ...</translation>
    </message>
    <message>
      <location filename="app/ui/exports.py"></location>
      <source>Wrote {0}</source>
      <translation>已写入 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/exports.py"></location>
      <source>Wrote {0} files into {1}</source>
      <translation>已将 {0} 个文件写入 {1}</translation>
    </message>
  </context>
  <context>
    <name>FieldsPanel</name>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>, {0} confirmed</source>
      <translation>，已确认 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>1 suspicious tile</source>
      <translation>1 个可疑图块</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_delegate.py"></location>
      <source>2nd agrees {0}</source>
      <translation>第二意见一致 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_delegate.py"></location>
      <source>2nd: {0}</source>
      <translation>第二意见：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Any class</source>
      <translation>任何类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Cancel the second opinion</source>
      <translation>取消第二意见</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Confirmed</source>
      <translation>已确认</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Decided by {0}</source>
      <translation>判断者：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Dismissed</source>
      <translation>已排除</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Dotted</source>
      <translation>已打点</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Field</source>
      <translation>视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Field {0}</source>
      <translation>视野 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Field {0} of {1}. </source>
      <translation>视野 {0} / {1}。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Fields are ordered by their weight: what the slide model looked at, not what is true.</source>
      <translation>视野按权重排序：表示整片模型看了哪里，而不表示什么是真实的。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Fields are ranked by evidence: how much better a suspicious group explains the tiles here and around them than a harmless one does.</source>
      <translation>视野按证据排序：此处及周围图块由可疑细胞团解释比由无害细胞团解释好多少。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Fields of this class</source>
      <translation>此类别的视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Fields with this verdict</source>
      <translation>此判断的视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Highest suspicious probability {0}, evidence {1}</source>
      <translation>最高可疑概率 {0}，证据 {1}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Its heaviest tile counts {0} times as much as the average tile of the slide</source>
      <translation>其权重最大的图块是切片平均图块的 {0} 倍</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>List the new fields now; the next step (Space, N) does so too</source>
      <translation>立即列出新视野；下一步（空格、N）也会列出</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Magnification at which a field is shown, if it fits the screen</source>
      <translation>显示视野所用的放大倍数（屏幕能容纳时）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Most suspicious fields</source>
      <translation>最可疑的视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Not dismissed</source>
      <translation>未排除</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Second opinion of {0}: {1} {2} ({3})</source>
      <translation>{0} 的第二意见：{1} {2}（{3}）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Second opinion: progress</source>
      <translation>第二意见：进度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Second opinion: {0} of {1} fields</source>
      <translation>第二意见：{0} / {1} 个视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Show 1 weak candidate</source>
      <translation>显示 1 个证据较弱的视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>Show {0} weak candidates</source>
      <translation>显示 {0} 个证据较弱的视野</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>Undecided</source>
      <translation>未判断</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>agrees</source>
      <translation>一致</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>disagrees</source>
      <translation>不一致</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>no longer suspicious</source>
      <translation>不再可疑</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>uncertain</source>
      <translation>不确定</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>unlike training data</source>
      <translation>与训练数据不同</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>weight {0} %, 1 tile</source>
      <translation>权重 {0} %，1 个图块</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>weight {0} %, {1} tiles</source>
      <translation>权重 {0} %，{1} 个图块</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>{0} confirmed, {1} dotted, {2} dismissed, {3} undecided</source>
      <translation>确认 {0}，打点 {1}，排除 {2}，未判断 {3}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>{0} new</source>
      <translation>新增 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>{0} new above</source>
      <translation>上方新增 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>{0} of {1} reviewed</source>
      <translation>已复核 {0} / {1}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_model.py"></location>
      <source>{0} suspicious tiles</source>
      <translation>{0} 个可疑图块</translation>
    </message>
    <message>
      <location filename="app/ui/panels/fields_panel.py"></location>
      <source>{0}: list the new fields</source>
      <translation>{0}：列出新视野</translation>
    </message>
  </context>
  <context>
    <name>Findings</name>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>Choose a field first: Space goes to the next one.</source>
      <translation>请先选择视野：空格键转到下一个。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>New fields rank above the one that you left.</source>
      <translation>有新视野排在您离开的视野之前。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>No field passes the filter above.</source>
      <translation>没有视野符合上方筛选条件。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>No field stands out as suspicious.

This does not clear the slide.</source>
      <translation>没有突出的可疑视野。

这并不表示切片正常。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>No model: nothing is ranked.</source>
      <translation>无模型：不进行排序。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>Nothing is ranked before the slide's scale is known.</source>
      <translation>切片比例尺未知时不进行排序。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>Nothing is ranked here: the model was trained on phantom data and this is a real slide.

Analysis &gt; Demonstration mode shows a ranking that means nothing.</source>
      <translation>此处不排序：模型用模拟数据训练，而这是真实切片。

“分析 &gt; 演示模式”可显示没有意义的排序。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>The most suspicious fields appear here while the slide is scored.</source>
      <translation>评分过程中，最可疑的视野会显示在这里。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>The most suspicious fields of a scored slide appear here.</source>
      <translation>已评分切片中最可疑的视野显示在这里。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>The slide model looked at all tiles much alike: none counts twice as much as the average.</source>
      <translation>整片模型对所有图块的关注大致相同：没有一个图块的权重达到平均值的两倍。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>This is the first suspicious field.</source>
      <translation>这是第一个可疑视野。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>This is the last suspicious field.</source>
      <translation>这是最后一个可疑视野。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>Weak candidates: none of them stands out.</source>
      <translation>证据较弱的视野：均不突出。</translation>
    </message>
    <message>
      <location filename="app/ui/findings.py"></location>
      <source>What little there is lies below what a slide of this size shows by chance; it is not ranked.</source>
      <translation>仅有的少量信号低于此大小切片的偶然水平，不进行排序。</translation>
    </message>
  </context>
  <context>
    <name>FocalPlanes</name>
    <message>
      <location filename="app/ui/focal_planes.py"></location>
      <source>All in focus: computed from {0} planes</source>
      <translation>全焦融合：由 {0} 个焦平面计算</translation>
    </message>
    <message>
      <location filename="app/ui/focal_planes.py"></location>
      <source>Scores are of another plane: {0}</source>
      <translation>评分来自另一焦平面：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/focal_planes.py"></location>
      <source>Sharpest here: {0}</source>
      <translation>此处最清晰：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/focal_planes.py"></location>
      <source>all in focus, fused from {0} planes</source>
      <translation>全焦融合，由 {0} 个焦平面合成</translation>
    </message>
    <message>
      <location filename="app/ui/focal_planes.py"></location>
      <source>plane {0} of {1}</source>
      <translation>焦平面 {0} / {1}</translation>
    </message>
  </context>
  <context>
    <name>Groups</name>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>Delete group</source>
      <translation>删除细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>Group of {0} cells</source>
      <translation>{0} 个细胞的细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>Groups can be proposed when the slide's scale is known: calibrate it first.</source>
      <translation>比例尺已知后才能提示细胞团：请先标定。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>Kept, but it does not count: fewer than {0} cells.</source>
      <translation>已保留，但不计入：细胞少于 {0} 个。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>Looking for groups of cells...</source>
      <translation>正在查找细胞团...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>No further place looks like a group of ten cells. Groups may still be there.</source>
      <translation>没有其他位置像十个细胞的细胞团。但仍可能有遗漏。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>No group has been counted on this slide yet: G counts the one under the pointer.</source>
      <translation>此切片尚未计数细胞团：按 G 对指针处的细胞团计数。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>Proposed by the cell finder, {0} places: look, press G and count.</source>
      <translation>细胞查找器提示了 {0} 处：请查看，按 G 并计数。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups.py"></location>
      <source>This group lies on another slide of the case: open that slide first.</source>
      <translation>此细胞团在病例的另一张切片上：请先打开那张切片。</translation>
    </message>
  </context>
  <context>
    <name>GroupsBox</name>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Adequate</source>
      <translation>满意</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Adequate anyway because of {0}</source>
      <translation>因{0}仍视为满意</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Cells</source>
      <translation>细胞数</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Counted groups</source>
      <translation>已计数的细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Enter shows the group, F2 changes its number of cells, Delete deletes it</source>
      <translation>Enter 显示细胞团，F2 修改细胞数，Delete 删除</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Group</source>
      <translation>细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Not adequate yet: 1 more group is needed</source>
      <translation>尚不满意：还需 1 个细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Not adequate yet: {0} more groups are needed</source>
      <translation>尚不满意：还需 {0} 个细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>Slide</source>
      <translation>切片</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>The person counts. Proposals of the cell finder are places to look at; none counts by itself.</source>
      <translation>计数由人完成。细胞查找器只提示可查看的位置，不会自动计入。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>abundant colloid</source>
      <translation>胶质丰富</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>atypia</source>
      <translation>细胞非典型</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>inflammatory nodule</source>
      <translation>炎性结节</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>{0}  too few</source>
      <translation>{0}  过少</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>{0} groups of at least {2} cells, {1} are needed</source>
      <translation>{0} 个细胞团（每团至少 {2} 个细胞），需要 {1} 个</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/groups_box.py"></location>
      <source>{0} of {1} groups of at least {2} cells</source>
      <translation>{0} / {1} 个细胞团（每团至少 {2} 个细胞）</translation>
    </message>
  </context>
  <context>
    <name>GroupsLayer</name>
    <message>
      <location filename="app/ui/canvas/groups_layer.py"></location>
      <source>Groups</source>
      <translation>细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/groups_layer.py"></location>
      <source>at least {0} cells</source>
      <translation>至少 {0} 个细胞</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/groups_layer.py"></location>
      <source>fewer: does not count</source>
      <translation>少于此数：不计入</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/groups_layer.py"></location>
      <source>proposed, to be counted</source>
      <translation>已提示，待计数</translation>
    </message>
  </context>
  <context>
    <name>HeatmapLayer</name>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>A tile without the mark may still be unlike the training data.</source>
      <translation>没有此标记的图块也可能与训练数据不同。</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Could not be read</source>
      <translation>无法读取</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Most likely class</source>
      <translation>最可能的类别</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Not yet scored</source>
      <translation>尚未评分</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Out of focus, not scored</source>
      <translation>失焦，未评分</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Probability: {name}</source>
      <translation>概率：{name}</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>The stronger the colour, the more probable</source>
      <translation>颜色越深，概率越高</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Uncertain: two classes nearly as likely</source>
      <translation>不确定：两个类别概率相近</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>Unlike the training data</source>
      <translation>与训练数据不同</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/heatmap_layer.py"></location>
      <source>clear below {value}</source>
      <translation>低于 {value} 时透明</translation>
    </message>
  </context>
  <context>
    <name>LastSession</name>
    <message>
      <location filename="app/ui/last_session.py"></location>
      <source>&amp;Not now</source>
      <translation>暂不(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/last_session.py"></location>
      <source>&amp;Open the last session</source>
      <translation>打开上次的工作(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/last_session.py"></location>
      <source>FNAScope ended unexpectedly the last time.</source>
      <translation>FNAScope 上次意外结束。</translation>
    </message>
    <message>
      <location filename="app/ui/last_session.py"></location>
      <source>Marks and decisions were saved as they were made.</source>
      <translation>标注和判断在做出时即已保存。</translation>
    </message>
    <message>
      <location filename="app/ui/last_session.py"></location>
      <source>Open {0} again where you were?</source>
      <translation>要在上次的位置重新打开 {0} 吗？</translation>
    </message>
  </context>
  <context>
    <name>Legend</name>
    <message>
      <location filename="app/ui/canvas/legend.py"></location>
      <source>Legend</source>
      <translation>图例</translation>
    </message>
  </context>
  <context>
    <name>MainWindow</name>
    <message>
      <location filename="app/ui/main_window.py"></location>
      <source>Back to the file's scale</source>
      <translation>恢复文件中的比例尺</translation>
    </message>
    <message>
      <location filename="app/ui/main_window.py"></location>
      <source>Calibrate...</source>
      <translation>标定...</translation>
    </message>
    <message>
      <location filename="app/ui/main_window.py"></location>
      <source>The scale in use, {0} µm/px, was calibrated by you; the file says {1} µm/px.</source>
      <translation>当前比例尺 {0} µm/px 由您标定；文件标明 {1} µm/px。</translation>
    </message>
  </context>
  <context>
    <name>MarkClasses</name>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Artefact</source>
      <translation>人工假象</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Blood</source>
      <translation>血液</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Colloid</source>
      <translation>胶质</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Follicular group</source>
      <translation>滤泡细胞团</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Lymphocytes</source>
      <translation>淋巴细胞</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Macrophages</source>
      <translation>巨噬细胞</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Multinucleated giant cell</source>
      <translation>多核巨细胞</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>No class</source>
      <translation>无类别</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Nuclear groove</source>
      <translation>核沟</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Nuclear pseudoinclusion</source>
      <translation>核内假包涵体</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Oncocytes (Hürthle cells)</source>
      <translation>嗜酸细胞（Hürthle 细胞）</translation>
    </message>
    <message>
      <location filename="app/ui/marking/classes.py"></location>
      <source>Region to look at</source>
      <translation>待查看区域</translation>
    </message>
  </context>
  <context>
    <name>MarkClassesDialog</name>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>&amp;Add</source>
      <translation>添加(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>&amp;Colour...</source>
      <translation>颜色(&amp;C)...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>&amp;Remove</source>
      <translation>移除(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Add a class</source>
      <translation>添加类别</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Choose another colour</source>
      <translation>选择其他颜色</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Classes</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Classes of marks</source>
      <translation>标注类别</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>New class</source>
      <translation>新类别</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Re&amp;name</source>
      <translation>重命名(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Rename the class (F2)</source>
      <translation>重命名类别（F2）</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>Take the class off the list</source>
      <translation>从列表中移除类别</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/mark_classes.py"></location>
      <source>The first nine can be given with Alt+1 to Alt+9.</source>
      <translation>前九个类别可用 Alt+1 至 Alt+9 指定。</translation>
    </message>
  </context>
  <context>
    <name>MarkExchange</name>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>All files (*)</source>
      <translation>所有文件 (*)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Cancelled.</source>
      <translation>已取消。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Export marks</source>
      <translation>导出标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Import marks</source>
      <translation>导入标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Import {0} marks</source>
      <translation>导入 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Importing {0} ...</source>
      <translation>正在导入 {0} ...</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Marks ({0})</source>
      <translation>标注 ({0})</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Open a slide first: marks belong to one.</source>
      <translation>请先打开切片：标注属于切片。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>This case can only be read: nothing can be imported.</source>
      <translation>此病例只能查看：无法导入。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>Writing {0} ...</source>
      <translation>正在写入 {0} ...</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>{0} brought nothing new.</source>
      <translation>{0} 没有新内容。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>{0} marks imported from {1}</source>
      <translation>已从 {1} 导入 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/exchange.py"></location>
      <source>{0} marks written to {1}</source>
      <translation>已将 {0} 个标注写入 {1}</translation>
    </message>
  </context>
  <context>
    <name>Marking</name>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>&amp;Class</source>
      <translation>类别(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>&amp;Lock</source>
      <translation>锁定(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>1 mark copied</source>
      <translation>已复制 1 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/editing.py"></location>
      <source>Add vertex</source>
      <translation>添加顶点</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Areas</source>
      <translation>区域</translation>
    </message>
    <message>
      <location filename="app/ui/marking/clipboard.py"></location>
      <source>Class</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Class of {0}</source>
      <translation>{0}的类别</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Class of {0} marks</source>
      <translation>{0} 个标注的类别</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Class: {0}</source>
      <translation>类别：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Classes of marks</source>
      <translation>标注类别</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Click selects, Shift adds or frames; drag moves; drag a handle to reshape; Alt+click adds or removes a vertex. Esc: done.</source>
      <translation>单击选择，Shift 加选或框选；拖动移动；拖动控制点改变形状；Alt+单击增删顶点。Esc 结束。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Click sets a point. Esc: done.</source>
      <translation>单击放置点。Esc 结束。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Click vertices; double-click or Enter closes, Backspace takes one back, Esc drops it.</source>
      <translation>单击放置顶点；双击或 Enter 闭合，Backspace 退回一个，Esc 放弃。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Delete {0}</source>
      <translation>删除{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Delete {0} marks</source>
      <translation>删除 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Drag a line; Shift holds it to 45° steps.</source>
      <translation>拖出直线；按住 Shift 以 45° 为步进。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Drag a rectangle; Shift makes a square.</source>
      <translation>拖出矩形；按住 Shift 为正方形。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Drag an ellipse; Shift makes a circle.</source>
      <translation>拖出椭圆；按住 Shift 为圆。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Draw an outline with the button held.</source>
      <translation>按住鼠标键画出轮廓。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Draw {0}</source>
      <translation>绘制{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Edit {0}</source>
      <translation>编辑{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Ellipse</source>
      <translation>椭圆</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Freehand</source>
      <translation>手绘</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Line</source>
      <translation>直线</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Lines</source>
      <translation>多条直线</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Lock {0}</source>
      <translation>锁定{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Lock {0} marks</source>
      <translation>锁定 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Locked marks are not deleted: unlock them first ({0}).</source>
      <translation>锁定的标注不会被删除：请先解锁（{0}）。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/editing.py"></location>
      <source>Move {0}</source>
      <translation>移动{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/editing.py"></location>
      <source>Move {0} marks</source>
      <translation>移动 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>No class</source>
      <translation>无类别</translation>
    </message>
    <message>
      <location filename="app/ui/marking/clipboard.py"></location>
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Nothing is selected.</source>
      <translation>未选择任何内容。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Other object</source>
      <translation>其他对象</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Paste {0}</source>
      <translation>粘贴{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Paste {0} marks</source>
      <translation>粘贴 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Point</source>
      <translation>点</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Points</source>
      <translation>多个点</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Polygon</source>
      <translation>多边形</translation>
    </message>
    <message>
      <location filename="app/ui/marking/words.py"></location>
      <source>Rectangle</source>
      <translation>矩形</translation>
    </message>
    <message>
      <location filename="app/ui/marking/editing.py"></location>
      <source>Remove vertex</source>
      <translation>移除顶点</translation>
    </message>
    <message>
      <location filename="app/ui/marking/clipboard.py"></location>
      <source>Shape</source>
      <translation>形状</translation>
    </message>
    <message>
      <location filename="app/ui/marking/clipboard.py"></location>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <location filename="app/ui/marking/tool_hints.py"></location>
      <source>Space and drag moves the slide.</source>
      <translation>按住空格拖动可移动切片。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>The marks of this slide are safe in its case, but cannot be shown: {0}</source>
      <translation>本切片的标注已安全保存在病例中，但无法显示：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>There are no marks to paste.</source>
      <translation>没有可粘贴的标注。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>This case can only be read: nothing can be marked.</source>
      <translation>此病例只能查看：无法标注。</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Try again</source>
      <translation>重试</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Un&amp;lock</source>
      <translation>解锁(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Unlock {0}</source>
      <translation>解锁{0}</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>Unlock {0} marks</source>
      <translation>解锁 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>{0} marks copied</source>
      <translation>已复制 {0} 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/marking/marking.py"></location>
      <source>{0} marks selected</source>
      <translation>已选择 {0} 个标注</translation>
    </message>
  </context>
  <context>
    <name>MarksModel</name>
    <message>
      <location filename="app/ui/panels/marks_model.py"></location>
      <source>Class</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_model.py"></location>
      <source>Locked</source>
      <translation>已锁定</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_model.py"></location>
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_model.py"></location>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_model.py"></location>
      <source>{0}, {1}</source>
      <translation>{0}，{1}</translation>
    </message>
  </context>
  <context>
    <name>MarksPanel</name>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>1 mark</source>
      <translation>1 个标注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>All classes</source>
      <translation>所有类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Class</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Class of new marks</source>
      <translation>新标注的类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Class of the selected marks</source>
      <translation>所选标注的类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Different notes</source>
      <translation>备注不同</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Filter marks by class</source>
      <translation>按类别筛选标注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Filter marks by text</source>
      <translation>按文字筛选标注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Filter: class, note, author</source>
      <translation>筛选：类别、备注、作者</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Keep the tool after drawing</source>
      <translation>绘制后保持此工具</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>List marks of this class only</source>
      <translation>只列出此类别的标注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Marks on this slide</source>
      <translation>此切片上的标注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>New marks</source>
      <translation>新标注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>New marks get this class (Alt+1 to 9)</source>
      <translation>新标注归入此类别（Alt+1 至 9）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>No class</source>
      <translation>无类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Note of the selected marks</source>
      <translation>所选标注的备注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Note of the selected marks (F2)</source>
      <translation>所选标注的备注（F2）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Selected</source>
      <translation>所选</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>Ticked: draw one after the other. Otherwise the tool returns to Select.</source>
      <translation>勾选：可连续绘制。否则绘制后回到选择工具。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>{0} (filtered)</source>
      <translation>{0}（已筛选）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/marks_panel.py"></location>
      <source>{0} marks</source>
      <translation>{0} 个标注</translation>
    </message>
  </context>
  <context>
    <name>Menus</name>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Analysis</source>
      <translation>分析(&amp;A)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Clear this list</source>
      <translation>清空此列表(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Dark</source>
      <translation>深色(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Edit</source>
      <translation>编辑(&amp;E)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Export</source>
      <translation>导出(&amp;E)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;File</source>
      <translation>文件(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Help</source>
      <translation>帮助(&amp;H)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Light</source>
      <translation>浅色(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Marks</source>
      <translation>标注(&amp;M)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Panels</source>
      <translation>面板(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Rotation</source>
      <translation>旋转(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Sheet</source>
      <translation>判读单(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;Theme</source>
      <translation>主题(&amp;T)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>&amp;View</source>
      <translation>视图(&amp;V)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>As the &amp;system</source>
      <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>F&amp;ocus</source>
      <translation>焦平面(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>Ma&amp;gnification</source>
      <translation>放大倍数(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>Magnification {0}</source>
      <translation>放大倍数 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>Open &amp;recent</source>
      <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>Second &amp;slide</source>
      <translation>第二张切片(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>Toolbar</source>
      <translation>工具栏</translation>
    </message>
    <message>
      <location filename="app/ui/menus.py"></location>
      <source>Unseen fields a&amp;t</source>
      <translation>未看过视野的倍数(&amp;T)</translation>
    </message>
  </context>
  <context>
    <name>Minimap</name>
    <message>
      <location filename="app/ui/canvas/minimap.py"></location>
      <source>Click or drag to move the view</source>
      <translation>单击或拖动以移动视图</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/minimap.py"></location>
      <source>Overview of the slide</source>
      <translation>切片概览</translation>
    </message>
  </context>
  <context>
    <name>ModelCardDialog</name>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Agreement of reduced precisions with fp32</source>
      <translation>低精度与 fp32 的一致性</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Architecture</source>
      <translation>网络结构</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Classes</source>
      <translation>类别</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Commit</source>
      <translation>代码版本</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Date</source>
      <translation>日期</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Hash</source>
      <translation>哈希值</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Kind</source>
      <translation>类型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Licence</source>
      <translation>许可</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Metrics</source>
      <translation>指标</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Model card</source>
      <translation>模型说明卡</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Model card: {0}</source>
      <translation>模型说明卡：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Precisions</source>
      <translation>数值精度</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Preparations</source>
      <translation>制片方式</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Scanners</source>
      <translation>扫描仪</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Site</source>
      <translation>部位</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Stains</source>
      <translation>染色</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Temperature</source>
      <translation>温度</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Tile</source>
      <translation>图块</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Trained on phantom data, that is, on synthetic pictures. It shows that the machinery works and says nothing about patients.</source>
      <translation>使用模拟数据（即合成图像）训练。它只说明程序可以运行，与患者无关。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Training</source>
      <translation>训练</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>Training domain</source>
      <translation>训练数据来源</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>not stated</source>
      <translation>未说明</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>share in training</source>
      <translation>训练占比</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>stride</source>
      <translation>步长</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/model_card.py"></location>
      <source>suspicious</source>
      <translation>可疑</translation>
    </message>
  </context>
  <context>
    <name>ModelsDialog</name>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>A slide model is offered in the gallery where the model that it belongs to scores. Segmenters are listed but not run by this version.</source>
      <translation>当整片模型所属的模型进行评分时，图库中会提供该整片模型。本版本列出分割模型，但不运行。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Ask this model when a second opinion is wanted</source>
      <translation>需要第二意见时询问此模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Card...</source>
      <translation>说明卡...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Checking ...</source>
      <translation>正在检查 ...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Comes with the program.</source>
      <translation>随程序提供。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Delete an imported model</source>
      <translation>删除已导入的模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Import a model bundle (a folder NAME.fnabundle)</source>
      <translation>导入模型包（名为 NAME.fnabundle 的文件夹）</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Import a zip file</source>
      <translation>导入 zip 文件</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Import folder...</source>
      <translation>导入文件夹...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Import zip...</source>
      <translation>导入 zip...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Install a model from a folder NAME.fnabundle</source>
      <translation>从 NAME.fnabundle 文件夹安装模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Install a model from a zip file</source>
      <translation>从 zip 文件安装模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Installed models</source>
      <translation>已安装的模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Kind</source>
      <translation>类型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Model</source>
      <translation>模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Models</source>
      <translation>模型管理</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Progress</source>
      <translation>进度</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Remove</source>
      <translation>移除</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Result of the self-check</source>
      <translation>自检结果</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Run the model's reference tiles on this computer, in each precision</source>
      <translation>在本机以各种精度运行模型的参考图块</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Score slides with this model from now on</source>
      <translation>今后用此模型评分</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Self-check</source>
      <translation>自检</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>The bundle holds no model that this program can run.</source>
      <translation>模型包中没有本程序可运行的模型。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Trained on</source>
      <translation>训练数据</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Use for scoring</source>
      <translation>用于评分</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Use for second opinions</source>
      <translation>用于第二意见</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Used as</source>
      <translation>用途</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>What the model is and what was measured</source>
      <translation>模型说明及测得的指标</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>Zip files (*.zip)</source>
      <translation>Zip 文件 (*.zip)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>cannot be used</source>
      <translation>无法使用</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>its model is missing</source>
      <translation>缺少其所属模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>model</source>
      <translation>模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>phantoms (synthetic)</source>
      <translation>模拟数据（合成）</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>scoring</source>
      <translation>评分</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>second opinions</source>
      <translation>第二意见</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>slides of {0}</source>
      <translation>{0} 的切片</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>{0} classes, {1} px at {2} µm/px, {3}. {4}</source>
      <translation>{0} 个类别，{1} px，{2} µm/px，{3}。{4}</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>{0} is in use; choose another model first.</source>
      <translation>{0} 正在使用；请先选择其他模型。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/models.py"></location>
      <source>{0} is installed.</source>
      <translation>{0} 已安装。</translation>
    </message>
  </context>
  <context>
    <name>Navigation</name>
    <message>
      <location filename="app/ui/navigation.py"></location>
      <source> (calibrated)</source>
      <translation>（已标定）</translation>
    </message>
    <message>
      <location filename="app/ui/navigation.py"></location>
      <source>Scale unknown  ·  {0} %</source>
      <translation>比例尺未知  ·  {0} %</translation>
    </message>
    <message>
      <location filename="app/ui/navigation.py"></location>
      <source>focus {0}</source>
      <translation>清晰度 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/navigation.py"></location>
      <source>{0}x  ·  {1} µm/px</source>
      <translation>{0}x  ·  {1} µm/px</translation>
    </message>
  </context>
  <context>
    <name>OpeningOverlay</name>
    <message>
      <location filename="app/ui/opening_overlay.py"></location>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/ui/opening_overlay.py"></location>
      <source>Cancel opening (Esc)</source>
      <translation>取消打开（Esc）</translation>
    </message>
    <message>
      <location filename="app/ui/opening_overlay.py"></location>
      <source>Opening {0}</source>
      <translation>正在打开 {0}</translation>
    </message>
  </context>
  <context>
    <name>OverlayPanel</name>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Attention map of the tiles in view</source>
      <translation>视图内图块的注意力图</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Class heatmap</source>
      <translation>类别热图</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Hold H to see the slide without overlays.</source>
      <translation>按住 H 可查看无叠加层的切片。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>How strongly the attention map covers the slide</source>
      <translation>注意力图覆盖切片的强度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>How strongly the heatmap covers the slide</source>
      <translation>热图覆盖切片的强度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Most likely class</source>
      <translation>最可能的类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>No class shares are shown: the model was trained on phantoms and this is a real slide.</source>
      <translation>不显示类别占比：模型用模拟数据训练，而这是真实切片。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>None</source>
      <translation>无</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Only {0}</source>
      <translation>仅 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Opacity</source>
      <translation>不透明度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Out of focus {0}  ·  Unreadable {1}  ·  Empty, not scored {2}</source>
      <translation>失焦 {0}  ·  无法读取 {1}  ·  空白未评分 {2}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Show all classes in the heatmap</source>
      <translation>在热图中显示所有类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Show no class in the heatmap</source>
      <translation>在热图中不显示任何类别</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Threshold</source>
      <translation>阈值</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Tiles below this probability are left uncoloured</source>
      <translation>低于此概率的图块不着色</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Tiles without a class. The shares above are shares of the scored tiles.</source>
      <translation>没有类别的图块。上方占比以已评分图块计算。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>What the heatmap shows</source>
      <translation>热图显示的内容</translation>
    </message>
    <message>
      <location filename="app/ui/panels/overlay_panel.py"></location>
      <source>Zoom in: attention shows once a tile is large enough.</source>
      <translation>请放大：图块足够大时才显示注意力。</translation>
    </message>
  </context>
  <context>
    <name>Overlays</name>
    <message>
      <location filename="app/ui/overlays.py"></location>
      <source>Phantom model: means nothing here</source>
      <translation>模拟数据模型：在此没有意义</translation>
    </message>
  </context>
  <context>
    <name>PlaneBadge</name>
    <message>
      <location filename="app/ui/canvas/plane_badge.py"></location>
      <source>Focal plane</source>
      <translation>焦平面</translation>
    </message>
  </context>
  <context>
    <name>PointerReadout</name>
    <message>
      <location filename="app/ui/pointer_readout.py"></location>
      <source>could not be read</source>
      <translation>无法读取</translation>
    </message>
    <message>
      <location filename="app/ui/pointer_readout.py"></location>
      <source>empty, not scored</source>
      <translation>空白，未评分</translation>
    </message>
    <message>
      <location filename="app/ui/pointer_readout.py"></location>
      <source>not scored</source>
      <translation>未评分</translation>
    </message>
    <message>
      <location filename="app/ui/pointer_readout.py"></location>
      <source>out of focus, not reliable</source>
      <translation>失焦，不可靠</translation>
    </message>
    <message>
      <location filename="app/ui/pointer_readout.py"></location>
      <source>scored; not told, because a phantom model means nothing on a real slide</source>
      <translation>已评分；因模拟数据模型对真实切片没有意义，故不显示</translation>
    </message>
  </context>
  <context>
    <name>PreferencesDialog</name>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Device</source>
      <translation>计算设备(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Folders</source>
      <translation>文件夹(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;General</source>
      <translation>常规(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Human first: hide the model until a category is chosen</source>
      <translation>先人后机：选定分类之前隐藏模型结果(&amp;H)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Language</source>
      <translation>语言(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Precision</source>
      <translation>数值精度(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Reading</source>
      <translation>阅片(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Scoring</source>
      <translation>评分(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>&amp;Theme</source>
      <translation>主题(&amp;T)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Another language holds from the next start.</source>
      <translation>更改语言在下次启动后生效。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>As the system</source>
      <translation>跟随系统</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Automatic</source>
      <translation>自动</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Automatic: int8 on a processor, fp16 on a GPU, where the model's card allows it.</source>
      <translation>自动：在模型卡允许时，处理器上用 int8，GPU 上用 fp16。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>CUDA means all NVIDIA GPUs of this computer.</source>
      <translation>CUDA 表示本机的所有 NVIDIA GPU。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Cases and scores</source>
      <translation>病例和评分</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Dark</source>
      <translation>深色</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Device, precision and threads hold for the next slide that is opened.</source>
      <translation>计算设备、精度和线程数对下一张打开的切片生效。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Human first holds for cases that are begun from now on; the report says so.</source>
      <translation>先人后机对此后新建的病例生效；报告中会注明。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Light</source>
      <translation>浅色</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Log</source>
      <translation>日志</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Open</source>
      <translation>打开</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Preferences</source>
      <translation>首选项</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Score a slide as soon as it is &amp;open</source>
      <translation>切片打开后立即评分(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Scoring &amp;threads</source>
      <translation>评分线程数(&amp;T)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Settings</source>
      <translation>设置</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Show a suspicious &amp;field at</source>
      <translation>显示可疑视野的倍数(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>Size of text and controls follows the scale of the screen.</source>
      <translation>文字和控件大小随屏幕缩放比例变化。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/preferences.py"></location>
      <source>To keep everything elsewhere, start the program with --data-dir FOLDER.</source>
      <translation>如需存放在别处，请以 --data-dir 文件夹 启动程序。</translation>
    </message>
  </context>
  <context>
    <name>ProbabilityReadout</name>
    <message>
      <location filename="app/ui/panels/status.py"></location>
      <source>Probabilities under the pointer</source>
      <translation>指针处的概率</translation>
    </message>
    <message>
      <location filename="app/ui/panels/status.py"></location>
      <source>uncertain</source>
      <translation>不确定</translation>
    </message>
    <message>
      <location filename="app/ui/panels/status.py"></location>
      <source>unlike the training data</source>
      <translation>与训练数据不同</translation>
    </message>
  </context>
  <context>
    <name>ReadingModeControl</name>
    <message>
      <location filename="app/ui/reading_mode.py"></location>
      <source>Human first</source>
      <translation>先人后机</translation>
    </message>
    <message>
      <location filename="app/ui/reading_mode.py"></location>
      <source>Model shown while reading</source>
      <translation>阅片时显示模型结果</translation>
    </message>
  </context>
  <context>
    <name>ReportDialog</name>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>&amp;Close</source>
      <translation>关闭(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>&amp;Label picture (HTML only)</source>
      <translation>标签图片（仅 HTML）(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Cance&amp;l</source>
      <translation>取消(&amp;L)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Confirmed &amp;fields</source>
      <translation>已确认的视野(&amp;F)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Confirmed fields in the report</source>
      <translation>报告中的已确认视野</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Fields that do not fit on the page are counted on it.</source>
      <translation>页面放不下的视野只列出数目。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>File &amp;name of the slides</source>
      <translation>切片文件名(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>May name the patient: off unless you ask for it</source>
      <translation>可能含有患者信息：除非您要求，否则不包含</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>No field has been confirmed: C confirms a field of the gallery.</source>
      <translation>尚未确认视野：按 C 确认视野列表中的视野。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>On request</source>
      <translation>按需包含</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Preview of the report</source>
      <translation>报告预览</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Progress of the report</source>
      <translation>报告进度</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Report</source>
      <translation>报告</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Save &amp;HTML...</source>
      <translation>保存 HTML(&amp;H)...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Save &amp;PDF...</source>
      <translation>保存 PDF(&amp;P)...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Si&amp;gn...</source>
      <translation>签发(&amp;G)...</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/report.py"></location>
      <source>Space takes a field in or leaves it out</source>
      <translation>空格键纳入或排除视野</translation>
    </message>
  </context>
  <context>
    <name>Reports</name>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Amen&amp;d...</source>
      <translation>更正(&amp;D)...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Cancelled.</source>
      <translation>已取消。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Export decisions</source>
      <translation>导出判断</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Export metadata</source>
      <translation>导出元数据</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Gathering the report...</source>
      <translation>正在汇总报告...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Save report</source>
      <translation>保存报告</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Si&amp;gn...</source>
      <translation>签发(&amp;G)...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Signed by {0}</source>
      <translation>由 {0} 签发</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Writing {0}...</source>
      <translation>正在写入 {0}...</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/reports.py"></location>
      <source>Wrote {0}</source>
      <translation>已写入 {0}</translation>
    </message>
  </context>
  <context>
    <name>RotationBadge</name>
    <message>
      <location filename="app/ui/canvas/rotation_badge.py"></location>
      <source>Reset rotation</source>
      <translation>恢复旋转</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/rotation_badge.py"></location>
      <source>The slide is turned by {angle} degrees</source>
      <translation>切片已旋转 {angle} 度</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/rotation_badge.py"></location>
      <source>Turn the slide upright again (0)</source>
      <translation>将切片恢复正位（0）</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/rotation_badge.py"></location>
      <source>↻ {angle}°   Reset</source>
      <translation>↻ {angle}°   恢复</translation>
    </message>
  </context>
  <context>
    <name>ScaleBar</name>
    <message>
      <location filename="app/ui/canvas/scale_bar.py"></location>
      <source>Scale bar</source>
      <translation>比例尺</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/scale_bar.py"></location>
      <source>scale unknown</source>
      <translation>比例尺未知</translation>
    </message>
  </context>
  <context>
    <name>Scoring</name>
    <message>
      <location filename="app/ui/scoring.py"></location>
      <source>&amp;Go on</source>
      <translation>继续(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/ui/scoring.py"></location>
      <source>&amp;Not now</source>
      <translation>暂不(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/scoring.py"></location>
      <source>No model</source>
      <translation>无模型</translation>
    </message>
    <message>
      <location filename="app/ui/scoring.py"></location>
      <source>The scoring process ended unexpectedly. The slide stays open and all scores are kept.</source>
      <translation>评分进程意外结束。切片保持打开，所有评分均已保留。</translation>
    </message>
  </context>
  <context>
    <name>SecondOpinionDesk</name>
    <message>
      <location filename="app/ui/second_opinion.py"></location>
      <source>Choose a field first: Space goes to the next one.</source>
      <translation>请先选择视野：空格键转到下一个。</translation>
    </message>
    <message>
      <location filename="app/ui/second_opinion.py"></location>
      <source>No model for second opinions is chosen: Analysis &gt; Models (Ctrl+M).</source>
      <translation>未选择第二意见模型：“分析 &gt; 模型管理”（Ctrl+M）。</translation>
    </message>
    <message>
      <location filename="app/ui/second_opinion.py"></location>
      <source>Second opinions: {0}, of which {1} differ.</source>
      <translation>第二意见：{0} 个，其中 {1} 个不一致。</translation>
    </message>
  </context>
  <context>
    <name>Sentences</name>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>1 tile could not be read; it has</source>
      <translation>1 个图块无法读取，</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>; {0} changes are kept in memory</source>
      <translation>；{0} 项更改保留在内存中</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>; {0} changes are kept in memory and saved as soon as that is possible</source>
      <translation>；{0} 项更改保留在内存中，一旦可行即保存</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>A coordinate is not a number.</source>
      <translation>有坐标不是数字。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>A foreign object has no geometry of its own.</source>
      <translation>外来对象没有自己的几何形状。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>A geometry of type {0} cannot be drawn.</source>
      <translation>无法绘制 {0} 类型的几何形状。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>A mark of class {0} was left out: it lies wholly in an excluded area.</source>
      <translation>类别 {0} 的一个标注被略去：它完全位于排除区域内。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>A part of {0} cannot be decoded ({1}).</source>
      <translation>{0} 的一部分无法解码（{1}）。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>A polygon has no rings.</source>
      <translation>有多边形没有轮廓环。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>All tiles with cells are scored, although those that look empty at low power were to be left out: the stage for it is for tiles of {0} µm, those of this model are {1} µm.</source>
      <translation>所有含细胞的图块都已评分，尽管要求略去低倍下看似空白的图块：该筛选适用于 {0} µm 的图块，而此模型的图块为 {1} µm。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>An amendment needs a reason.</source>
      <translation>更正须说明原因。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Annotation {0} ({1}) was left out: {2}</source>
      <translation>标注 {0}（{1}）被略去：{2}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>At {0} µm per pixel the slide would have {1} tiles; check its scale, or choose a model with a wider stride.</source>
      <translation>按每像素 {0} µm，切片将有 {1} 个图块；请检查比例尺，或选择步长更大的模型。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Could not be read</source>
      <translation>无法读取</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Couldn't get image flavor</source>
      <translation>无法获取图像类型</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>DEMONSTRATION MODE: made with a phantom model; the scores mean nothing on this slide.</source>
      <translation>演示模式：由模拟数据模型生成；评分对此切片没有意义。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Demonstration mode: ranking is on although it means nothing here; exports are stamped.</source>
      <translation>演示模式：排序已开启，但在此没有意义；导出文件会加注。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>FNAScope {0}; model {1} {2}; cells found by {3}; slide {4}; {5}</source>
      <translation>FNAScope {0}；模型 {1} {2}；细胞查找方法 {3}；切片 {4}；{5}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Focal planes of NDPI were checked on written files only, not on a scanner's.</source>
      <translation>NDPI 的焦平面只在自行写入的文件上验证过，未在扫描仪文件上验证。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>For Research Use Only. Not for use in diagnostic procedures.</source>
      <translation>仅供研究使用，不得用于诊断。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>In {0} lies another or an older case than the open one: save this one elsewhere.</source>
      <translation>{0} 中是另一个或更旧的病例：请将当前病例另存到别处。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Incomplete: {0} tiles were not yet looked at.</source>
      <translation>不完整：{0} 个图块尚未分析。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>It could not be scored.</source>
      <translation>无法评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>LAS X or QuPath</source>
      <translation>LAS X 或 QuPath</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Light grey: empty, not scored. Grey: not yet looked at. Dark grey: out of focus. Black: could not be read.</source>
      <translation>浅灰：空白未评分。灰：尚未分析。深灰：失焦。黑：无法读取。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Memory ran out on {0}: tiles now go in batches of {1}.</source>
      <translation>{0} 内存不足：图块改为每批 {1} 个。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>NIS-Elements or QuPath</source>
      <translation>NIS-Elements 或 QuPath</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>No GPU can run it ({0}), and {1}</source>
      <translation>没有 GPU 能运行它（{0}），并且 {1}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>No backup could be written to {0} ({1}): check the disk.</source>
      <translation>无法将备份写入 {0}（{1}）：请检查磁盘。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>No case can be started in {0} ({1}): choose a folder on a local disk that you may write.</source>
      <translation>无法在 {0} 新建病例（{1}）：请选择本地磁盘上可写入的文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>No model is loaded: the slide is not scored.</source>
      <translation>未加载模型：切片不评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>No model was loaded.</source>
      <translation>未加载模型。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>No tile of the slide is scored yet: there is nothing that a slide model could weigh.</source>
      <translation>切片尚无已评分的图块：整片模型没有可评估的内容。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>None of the slide's scored tiles can be read any more; open the slide again.</source>
      <translation>切片的已评分图块均无法再读取；请重新打开切片。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Not even one tile fits into memory: {0}</source>
      <translation>内存连一个图块都容不下：{0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>OlyVIA or QuPath</source>
      <translation>OlyVIA 或 QuPath</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>OpenSlide is not installed ({0}); run: pip install openslide-bin</source>
      <translation>未安装 OpenSlide（{0}）；请运行：pip install openslide-bin</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>OpenSlide {0} is installed, but {1} or newer is needed because older ones have known vulnerabilities; run: pip install --upgrade openslide-bin</source>
      <translation>已安装 OpenSlide {0}，但因旧版本有已知漏洞，需要 {1} 或更新版本；请运行：pip install --upgrade openslide-bin</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Out of domain</source>
      <translation>超出训练范围</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Out of focus</source>
      <translation>失焦</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>PHANTOM MODEL on a real slide: its scores mean nothing here, so no tile is given a class.</source>
      <translation>模拟数据模型用于真实切片：评分没有意义，因此不给图块分类。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>SVS, NDPI, MRXS, DICOM, pyramidal TIFF, OME-TIFF, JPEG or PNG</source>
      <translation>SVS、NDPI、MRXS、DICOM、金字塔 TIFF、OME-TIFF、JPEG 或 PNG</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Saved elsewhere, from {0}</source>
      <translation>从 {0} 另存</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Scale {0} um/px, {1}; the model saw {2} um/px</source>
      <translation>比例尺 {0} µm/px，{1}；模型所见为 {2} µm/px</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Scored on focal plane {0}</source>
      <translation>评分所用焦平面：{0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Scored on the picture fused from all focal planes (rule {0})</source>
      <translation>对各焦平面融合图像评分（规则 {0}）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Scores cannot be stored ({0}). The run goes on, but its results are lost when the program ends; free some space or check {1}.</source>
      <translation>评分无法保存（{0}）。评分会继续，但程序结束后结果将丢失；请释放空间或检查 {1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Scoring stopped because of an error in the program ({0}: {1}).</source>
      <translation>因程序错误，评分停止（{0}：{1}）。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Stored scores cannot be read ({0}); the slide is scored anew.</source>
      <translation>已保存的评分无法读取（{0}）；将重新评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The EXIF block of {0} is damaged, so the image is shown as it is stored.</source>
      <translation>{0} 的 EXIF 信息已损坏，图像按存储方向显示。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The backup {0} cannot be restored ({1}): check the disk.</source>
      <translation>备份 {0} 无法恢复（{1}）：请检查磁盘。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The bundle {0} has no model.onnx; export or install it again.</source>
      <translation>模型包 {0} 中没有 model.onnx；请重新导出或安装。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The bundle {0} is a {1}, and a {2} is needed here; choose another one.</source>
      <translation>模型包 {0} 属于 {1}，此处需要 {2}；请另选。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The bundle {0} is a {1}, not a {2}.</source>
      <translation>模型包 {0} 属于 {1}，不是 {2}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The bundle's reference tiles {0} cannot be read ({1}); install the bundle again.</source>
      <translation>模型包的参考图块 {0} 无法读取（{1}）；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The card of the model {0} does not name its weights, so that no slide model can be matched with it; export it again with this version of kd.</source>
      <translation>模型 {0} 的卡片未写明其权重名称，无法与整片模型匹配；请用此版本的 kd 重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case file {0} is damaged: restore the newest backup from its folder backups.</source>
      <translation>病例文件 {0} 已损坏：请从其 backups 文件夹恢复最新备份。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case in {0} cannot be read ({1}): restore one of its backups.</source>
      <translation>{0} 中的病例无法读取（{1}）：请恢复备份。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case in {0} has no slide yet: open a slide to start one.</source>
      <translation>{0} 中的病例还没有切片：请打开一张切片。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case in {0} is empty: start a new one.</source>
      <translation>{0} 中的病例为空：请新建病例。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case is not signed yet: edit it, then sign it.</source>
      <translation>病例尚未签发：请编辑后签发。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case is signed already: amend it, with a reason.</source>
      <translation>病例已签发：请说明原因进行更正。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case is signed: its sheet, groups and confirmed fields change by amendment.</source>
      <translation>病例已签发：判读单、细胞团和已确认视野只能通过更正修改。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} cannot be opened ({1}): check that the folder may be written.</source>
      <translation>病例 {0} 无法打开（{1}）：请检查文件夹是否可写。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} cannot be read ({1}): check the disk and the folder.</source>
      <translation>病例 {0} 无法读取（{1}）：请检查磁盘和文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} cannot be written ({1}): check disk and folder{2}.</source>
      <translation>病例 {0} 无法写入（{1}）：请检查磁盘和文件夹{2}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} could not be saved ({1}); its changes are kept in memory.</source>
      <translation>病例 {0} 未能保存（{1}）；更改保留在内存中。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} has been closed.</source>
      <translation>病例 {0} 已关闭。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} is open for reading only.</source>
      <translation>病例 {0} 仅供查看。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The case {0} was written by a newer program (version {1} of the file, this one reads up to {2}): update this program to open it.</source>
      <translation>病例 {0} 由更新版本的程序写入（文件版本 {1}，本程序最多支持 {2}）：请更新程序后打开。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The check ended unexpectedly (code {0}).</source>
      <translation>检查意外结束（代码 {0}）。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The coordinates of a geometry are not positions.</source>
      <translation>几何形状的坐标不是有效位置。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The database of stored scores was damaged or of another version; it was set aside as {0} and a new one was begun. No marks are lost; slides are scored anew.</source>
      <translation>评分数据库已损坏或版本不同；已另存为 {0} 并新建。标注没有丢失；切片将重新评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The disk that holds the case {0} is full: free some space{1}.</source>
      <translation>存放病例 {0} 的磁盘已满：请释放空间{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file does not state its scale (µm per pixel)</source>
      <translation>文件未说明比例尺（每像素 µm）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file does not tell its stain; the model covers {0}. On other stains its scores mean little.</source>
      <translation>文件未说明染色方式；模型适用于 {0}。对其他染色，评分意义不大。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file holds no overview smaller than {0} x {1} px, so it is slow when zoomed out; saved as a pyramidal TIFF it would be fast.</source>
      <translation>文件没有小于 {0} x {1} px 的概览层，缩小时较慢；另存为金字塔 TIFF 会更快。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file holds {0} focal planes, of which one is shown; exported as OME-TIFF all of them are.</source>
      <translation>文件含 {0} 个焦平面，只显示其中一个；导出为 OME-TIFF 后可全部显示。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file states an impossible scale ({0} µm per pixel)</source>
      <translation>文件标明的比例尺不合理（每像素 {0} µm）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file states {0} x {1} µm per pixel, which no microscope slide has; it is not used.</source>
      <translation>文件标明每像素 {0} x {1} µm，显微切片不可能如此；不予采用。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The file states {0} µm per pixel across but {1} down; such a scale is not used.</source>
      <translation>文件标明横向每像素 {0} µm、纵向 {1} µm；这样的比例尺不予采用。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The folder of the case {0} cannot be reached: bring it back, or save the case elsewhere{1}.</source>
      <translation>无法访问病例 {0} 的文件夹：请恢复连接，或将病例另存到别处{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The folder {0} belongs to {1}, which is missing beside it; copy both together.</source>
      <translation>文件夹 {0} 属于 {1}，但旁边缺少该文件；请一并复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The folder {0} cannot be read ({1}).</source>
      <translation>文件夹 {0} 无法读取（{1}）。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The folder {0} holds no slide; open a slide file, or a folder with one DICOM slide.</source>
      <translation>文件夹 {0} 中没有切片；请打开切片文件，或只含一张 DICOM 切片的文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The folder {0} holds {1} DICOM slides; open a file of the one that you want.</source>
      <translation>文件夹 {0} 含 {1} 张 DICOM 切片；请打开所需切片的文件。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The geometry has no coordinates.</source>
      <translation>几何形状没有坐标。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model card for {0} cannot be written: {1}.</source>
      <translation>无法写入 {0} 的模型说明卡：{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model card {0} cannot be read ({1}); install the bundle again.</source>
      <translation>模型说明卡 {0} 无法读取（{1}）；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model card {0} has schema version {1}, this program reads {2}; export the bundle again with a matching version of kd.</source>
      <translation>模型说明卡 {0} 的格式版本为 {1}，本程序支持 {2}；请用匹配版本的 kd 重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model card {0} has unknown entries: {1}.</source>
      <translation>模型说明卡 {0} 有未知条目：{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model card {0} is incomplete or damaged ({1}); install the bundle again.</source>
      <translation>模型说明卡 {0} 不完整或已损坏（{1}）；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model card {0} is not a JSON object; install the bundle again.</source>
      <translation>模型说明卡 {0} 不是 JSON 对象；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model failed on a batch of {0} tiles: {1}</source>
      <translation>模型在一批 {0} 个图块上出错：{1}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model in {0} is installed already, as {1}.</source>
      <translation>{0} 中的模型已安装，名为 {1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} cannot be run{1}: {2}.</source>
      <translation>模型 {0} 无法运行{1}：{2}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} does not fit this slide.</source>
      <translation>模型 {0} 不适用于此切片。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} has changed on disk; choose it again.</source>
      <translation>模型 {0} 在磁盘上已改变；请重新选择。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} was loaded, but its findings were not shown; they are not reported.</source>
      <translation>已加载模型 {0}，但未显示其结果；报告中不包含。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} was loaded, but nothing on this slide was scored.</source>
      <translation>已加载模型 {0}，但此切片未评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} was trained on phantoms (synthetic cells) only. On a real slide its scores mean nothing.</source>
      <translation>模型 {0} 只用模拟数据（合成细胞）训练，对真实切片的评分没有意义。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} was trained on phantoms only; on a real slide its opinion means nothing.</source>
      <translation>模型 {0} 只用模拟数据训练；对真实切片的意见没有意义。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The model {0} was trained on phantoms only; on a real slide no slide model can build on it.</source>
      <translation>模型 {0} 仅用模拟数据训练；对真实切片，整片模型不能以它为基础。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The process that checks unknown files cannot be started; start the program again.</source>
      <translation>检查未知文件的进程无法启动；请重新启动程序。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The process that gives second opinions ended unexpectedly; ask again.</source>
      <translation>第二意见进程意外结束；请重试。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The process that weighs the slide ended unexpectedly; try again.</source>
      <translation>评估整张切片的进程意外结束；请重试。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The report was cancelled.</source>
      <translation>报告已取消。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The scale of this model's training images was assumed, not measured; its scores may be off.</source>
      <translation>此模型训练图像的比例尺是假定的，并非实测；评分可能有偏差。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The scoring process cannot be started ({0}); close other programs and start again.</source>
      <translation>无法启动评分进程（{0}）；请关闭其他程序后重新开始。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The scoring process ended unexpectedly (code {0}).</source>
      <translation>评分进程意外结束（代码 {0}）。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide is not part of this case: add it first.</source>
      <translation>切片不属于此病例：请先添加。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide is not scored: there is nothing that a slide model could weigh.</source>
      <translation>切片未评分：整片模型没有可评估的内容。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide is too coarse for this model: it has {0} µm per pixel, the model needs {1}; scan it at a higher magnification or choose another model.</source>
      <translation>切片分辨率对此模型过低：每像素 {0} µm，模型需要 {1}；请以更高倍数扫描或选择其他模型。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide model {0} cannot be run ({1}); install the bundle again.</source>
      <translation>整片模型 {0} 无法运行（{1}）；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide model {0} does not give its reference; install the bundle again.</source>
      <translation>整片模型 {0} 与其参考结果不符；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide model {0} has changed on disk; choose it again.</source>
      <translation>整片模型 {0} 在磁盘上已改变；请重新选择。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide model {0} was trained on phantoms (synthetic cells) only. What it makes of a real slide means nothing.</source>
      <translation>整片模型 {0} 只用模拟数据（合成细胞）训练，对真实切片的结果没有意义。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide model {0} was trained on phantoms only; of a real slide it says nothing.</source>
      <translation>整片模型 {0} 仅用模拟数据训练；对真实切片没有意义。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The slide model {0} was trained with another student than {1}; choose the student that belongs to it.</source>
      <translation>整片模型 {0} 不是用 {1} 训练的；请选择与其配套的学生模型。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The stored results in {0} cannot be discarded ({1}); try again.</source>
      <translation>无法丢弃 {0} 中已保存的结果（{1}）；请重试。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>The stored results in {0} cannot be read ({1}); try again.</source>
      <translation>无法读取 {0} 中已保存的结果（{1}）；请重试。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is a case in {0} already: open it, or choose another folder.</source>
      <translation>{0} 中已有病例：请打开它，或选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is no case in {0}: choose another folder or start a new case.</source>
      <translation>{0} 中没有病例：请选择其他文件夹或新建病例。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is no case to restore.</source>
      <translation>没有可恢复的病例。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is no model bundle at {0}; choose a folder that ends in {1}.</source>
      <translation>{0} 处没有模型包；请选择以 {1} 结尾的文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is no precision {0}; choose one of {1}.</source>
      <translation>没有精度 {0}；请从 {1} 中选择。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is no undamaged backup in {0}: the case cannot be restored.</source>
      <translation>{0} 中没有完好的备份：病例无法恢复。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>There is no {0}:{1}; this machine has {2}.</source>
      <translation>没有 {0}:{1}；本机有 {2}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>This case is open {0} (process {1}, since {2}): close it there, or open it here for reading only.</source>
      <translation>此病例已{0}打开（进程 {1}，自 {2} 起）：请在那里关闭，或在此仅供查看。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>This report holds nothing of a model: {0} was trained on phantoms (synthetic cells) only, and this is a real slide, on which its scores mean nothing.</source>
      <translation>本报告不含模型结果：{0} 只用模拟数据（合成细胞）训练，而这是真实切片，其评分没有意义。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>This slide is a phantom: synthetic cells, drawn by a program. It tells nothing about patients.</source>
      <translation>这是模拟切片：由程序绘制的合成细胞，与任何患者无关。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>This slide is coarser ({0} µm per pixel) than what the model was trained on ({1}): its pixels are enlarged, and the scores are less reliable.</source>
      <translation>此切片（每像素 {0} µm）比模型的训练图像（{1}）粗糙：像素被放大，评分可靠性降低。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>This slide's stain ({0}) is not one that the model covers ({1}).</source>
      <translation>此切片的染色（{0}）不在模型适用范围（{1}）内。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>Tiles that look empty at low power are left out, by a stage that was trained on phantoms (synthetic cells): single cells at the border of a tile may be among them.</source>
      <translation>低倍下看似空白的图块已被略去，所用的筛选以模拟切片（合成细胞）训练：图块边缘的单个细胞可能也在其中。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>another focal plane</source>
      <translation>不同焦平面</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>another version of the model</source>
      <translation>模型版本不同</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>another version of the program's analysis</source>
      <translation>程序分析版本不同</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>as the scores that are stored</source>
      <translation>与已存储的评分一致</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>auto, cpu, cuda (all NVIDIA GPUs), cuda:N (the one numbered N, from 0), directml, coreml or mps</source>
      <translation>auto、cpu、cuda（所有 NVIDIA GPU）、cuda:N（编号为 N 的一块，从 0 起）、directml、coreml 或 mps</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>black and white without shades</source>
      <translation>无灰阶的黑白图像</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>blue at most</source>
      <translation>蓝色最大吸收</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>calibrated by the user</source>
      <translation>由用户标定</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>channels of unequal depth</source>
      <translation>通道位深不一致</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>chosen by the user</source>
      <translation>由用户选择</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>evidence up to 4 each</source>
      <translation>每处至多计 4 的证据</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>export it again as a DICOM whole-slide image</source>
      <translation>请重新导出为 DICOM 全切片图像</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>export it as an 8-bit RGB slide with JPEG compression</source>
      <translation>请导出为 JPEG 压缩的 8 位 RGB 切片</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>fp16 runs on a GPU only, since a CPU turns it into fp32 at every step and is no faster with it; choose another precision, or name the device cpu as well to have it run all the same.</source>
      <translation>fp16 只在 GPU 上运行，因为 CPU 每一步都要把它转成 fp32，并不会更快；请选择其他精度，或同时指定设备 cpu 仍要运行它。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>fp32 is off by {0} on the reference tiles, at most {1} may be</source>
      <translation>fp32 在参考图块上偏差 {0}，最多允许 {1}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>from the file</source>
      <translation>来自文件</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>green at most</source>
      <translation>绿色最大吸收</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>has {0} channels instead of RGB</source>
      <translation>有 {0} 个通道，而不是 RGB</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>heatmap-CLASS.png covers the slide: probability as opacity. {0}</source>
      <translation>heatmap-CLASS.png 覆盖整张切片：以不透明度表示概率。{0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>holds an image of the unusual shape {0}</source>
      <translation>含有形状异常（{0}）的图像</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>holds {0} separate channels, as fluorescence images do</source>
      <translation>含 {0} 个独立通道，与荧光图像相同</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>in another window of this program</source>
      <translation>在本程序的另一窗口中</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>int8 runs on the CPU only; choose the device cpu or auto, or another precision.</source>
      <translation>int8 只能在 CPU 上运行；请选择 CPU 或自动，或改用其他精度。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>int8 was measured not to be faster on this machine</source>
      <translation>经测量，int8 在这台机器上并不更快</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>is a DICOM file that does not say that it is a slide image (it has no ImageType)</source>
      <translation>是 DICOM 文件，但未说明是切片图像（缺少 ImageType）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>is a time series of {0} images</source>
      <translation>是含 {0} 幅图像的时间序列</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>is compressed in a way unknown here (TIFF compression {0})</source>
      <translation>采用未知的压缩方式（TIFF 压缩 {0}）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>is compressed in a way unknown here (transfer syntax {0})</source>
      <translation>采用未知的压缩方式（传输语法 {0}）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>is cut into blocks of {0} x {1} px, which are too large to read quickly</source>
      <translation>被分成 {0} x {1} px 的块，过大而无法快速读取</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>it has no coordinates.</source>
      <translation>它没有坐标。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>measured to be faster than {0} on this machine</source>
      <translation>经测量，在这台机器上比 {0} 更快</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>more than one model card</source>
      <translation>多个模型说明卡</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>no model card</source>
      <translation>没有模型说明卡</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>no model or no scale is in use now</source>
      <translation>当前没有模型或比例尺</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>no stain named</source>
      <translation>未注明染色</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>no stain that its card names</source>
      <translation>说明卡未注明的染色</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>only brightfield images with 8-bit RGB colours can be shown, so export it as one</source>
      <translation>只能显示 8 位 RGB 明场图像，请导出为此格式</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>onnxruntime {0} cannot be given memory to work in ({1}), so that every copy to the GPU waits for the processor; another version of onnxruntime-gpu may be faster</source>
      <translation>无法为 onnxruntime {0} 指定工作内存（{1}），因此每次向 GPU 复制都要等待处理器；换用其他版本的 onnxruntime-gpu 可能更快</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>peak at the border</source>
      <translation>边缘处的峰</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>peak one inside</source>
      <translation>向内一格的峰</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>peak two inside</source>
      <translation>向内两格的峰</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>phantoms (synthetic cells)</source>
      <translation>模拟数据（合成细胞）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>printing colours (CMYK)</source>
      <translation>印刷颜色（CMYK）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>pydicom, pixels by imagecodecs</source>
      <translation>pydicom，像素由 imagecodecs 读取</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>red at most</source>
      <translation>红色最大吸收</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>red in all</source>
      <translation>红色总吸收</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>save it as a pyramidal tiled TIFF, for example with QuPath or vips</source>
      <translation>请另存为金字塔分块 TIFF，例如使用 QuPath 或 vips</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>stores YCbCr colours without JPEG</source>
      <translation>以 YCbCr 存储颜色但未使用 JPEG</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>stores colours as {0} instead of RGB</source>
      <translation>颜色以 {0} 而非 RGB 存储</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>stores {0} bits per channel instead of 8</source>
      <translation>每通道 {0} 位，而不是 8 位</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>stores {0} per channel instead of 8</source>
      <translation>每通道为 {0}，而不是 8 位</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the InteMedic viewer</source>
      <translation>InteMedic 阅片软件</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the KFBIO viewer</source>
      <translation>江丰（KFBIO）阅片软件</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the Motic viewer</source>
      <translation>麦克奥迪（Motic）阅片软件</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the Philips software</source>
      <translation>飞利浦软件</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the SQRAY viewer</source>
      <translation>生强（SQRAY）阅片软件</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the bundle holds no exported program ({0}) for torch</source>
      <translation>模型包中没有供 torch 使用的程序（{0}）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the bundle holds no {0} model</source>
      <translation>模型包中没有 {0} 模型</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the card does not say how well {0} agrees</source>
      <translation>模型卡未说明 {0} 的一致性</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the case has no identity</source>
      <translation>病例没有标识</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the copy is not whole</source>
      <translation>副本不完整</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the fastest settings for this machine cannot be used, so the usual ones are taken ({0})</source>
      <translation>本机最快的设置无法使用，因此采用常规设置（{0}）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the journal has no entry {0}</source>
      <translation>日志中没有条目 {0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the memory of {0} does not suffice: {1}</source>
      <translation>{0} 的内存不足：{1}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the model gives probabilities of another shape than its reference tiles</source>
      <translation>模型输出的概率形状与参考图块不符</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the reference slide gives its probabilities</source>
      <translation>参考切片给出其应有的概率</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>the type {0} is unknown.</source>
      <translation>类型 {0} 未知。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>there is no NVIDIA driver</source>
      <translation>没有 NVIDIA 驱动程序</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>this onnxruntime has no {0} provider</source>
      <translation>此 onnxruntime 不支持 {0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>too many changes in one step</source>
      <translation>一步中的更改过多</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>torch cannot be imported: {0}</source>
      <translation>无法导入 torch：{0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>torch finds no CUDA device</source>
      <translation>torch 未找到 CUDA 设备</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>torch finds no MPS device</source>
      <translation>torch 未找到 MPS 设备</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>turned TIFF pyramid</source>
      <translation>旋转的 TIFF 金字塔</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>uses the compression {0}</source>
      <translation>使用压缩方式 {0}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} They are not ranked, flagged or reported.</source>
      <translation>{0}因此不排序、不提示、不写入报告。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} Valid at the class prior of the training data.</source>
      <translation>{0} 在训练数据的类别先验下有效。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} What is scored is kept; start again to go on.</source>
      <translation>{0}已评分的内容保留；重新开始即可继续。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} agrees with fp32 on {1} of tiles</source>
      <translation>{0} 与 fp32 在 {1} 的图块上一致</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} agrees with fp32 on {1} of tiles only</source>
      <translation>{0} 与 fp32 仅在 {1} 的图块上一致</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} bits per channel</source>
      <translation>每通道 {0} 位</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} can no longer be read ({1}); check that its drive is connected.</source>
      <translation>{0} 已无法读取（{1}）；请检查其磁盘是否连接。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be installed in {1}: {2}; check the disk and try again.</source>
      <translation>{0} 无法安装到 {1}：{2}；请检查磁盘后重试。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be opened because of an unexpected error ({1}); copy or export it again.</source>
      <translation>因意外错误无法打开 {0}（{1}）；请重新复制或导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be read ({1})</source>
      <translation>{0} 无法读取（{1}）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be read ({1}).</source>
      <translation>{0} 无法读取（{1}）。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be read ({1}): check the file.</source>
      <translation>{0} 无法读取（{1}）：请检查文件。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be read ({1}); check that its drive is connected.</source>
      <translation>{0} 无法读取（{1}）；请检查其磁盘是否连接。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be removed: {1}.</source>
      <translation>{0} 无法移除：{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be replaced ({1}); choose another folder.</source>
      <translation>{0} 无法替换（{1}）；请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be run on {1}: {2}</source>
      <translation>{0} 无法在 {1} 上运行：{2}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be scored.</source>
      <translation>{0} 无法评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be written ({1}); choose another folder.</source>
      <translation>{0} 无法写入（{1}）；请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} cannot be written ({1}); free some space or choose another folder.</source>
      <translation>{0} 无法写入（{1}）；请释放空间或选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} could not be opened within 5 seconds; copy it to a local disk, or export it anew if it is there.</source>
      <translation>{0} 在 5 秒内未能打开；请复制到本地磁盘，若已在本地请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} could not be scored because of an unexpected error: {1}.</source>
      <translation>因意外错误，{0} 未能评分：{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} damaged blocks of stored scores were left out; their tiles are scored anew.</source>
      <translation>{0} 个损坏的评分数据块被略去；相应图块将重新评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} did not start; see that its drivers are installed</source>
      <translation>{0} 未能启动；请检查驱动程序是否安装</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} ends before its pixels do; copy it again from the scanner.</source>
      <translation>{0} 在像素结束之前中断；请从扫描仪重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} excluded areas lie in no other area and were imported as marks.</source>
      <translation>{0} 个排除区域不在其他区域内，已作为标注导入。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} has a document type, which no ASAP file has: export it again from ASAP.</source>
      <translation>{0} 含文档类型声明，ASAP 文件没有此内容：请从 ASAP 重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} has changed on disk since it was opened; open it again.</source>
      <translation>{0} 打开后在磁盘上已改变；请重新打开。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} has levels with different numbers of focal planes; export it again.</source>
      <translation>{0} 各层级的焦平面数不同；请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} has no image called {1}.</source>
      <translation>{0} 中没有名为 {1} 的图像。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} has taken over the case {1}: nothing more is written there; save it elsewhere.</source>
      <translation>{0} 已接管病例 {1}：不再写入；请另存到别处。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds an image without pixels; export it again.</source>
      <translation>{0} 含没有像素的图像；请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds damaged OME-XML, so its planes are unknown; export it again.</source>
      <translation>{0} 的 OME-XML 已损坏，焦平面未知；请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds more than it states; it is not unpacked.</source>
      <translation>{0} 的内容多于其声明；未解压。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds no GeoJSON file: choose another one.</source>
      <translation>{0} 中没有 GeoJSON 文件：请另选。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds no pixels; copy it again from the scanner.</source>
      <translation>{0} 没有像素；请从扫描仪重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds something that is not a GeoJSON Feature: export it again.</source>
      <translation>{0} 含有不是 GeoJSON Feature 的内容：请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds {1} images of full size without saying what they are (focal planes, channels or times); export it as OME-TIFF, which says so.</source>
      <translation>{0} 含 {1} 幅全尺寸图像但未说明其含义（焦平面、通道或时间）；请导出为注明含义的 OME-TIFF。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} holds {1} images of the same size without saying what they are (focal planes, channels or times); export it as OME-TIFF, which says so.</source>
      <translation>{0} 含 {1} 幅相同尺寸的图像但未说明其含义（焦平面、通道或时间）；请导出为注明含义的 OME-TIFF。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is a DICOM file but not a slide image; open a file of the slide itself.</source>
      <translation>{0} 是 DICOM 文件但不是切片图像；请打开切片本身的文件。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is a TIFF file that is damaged, incomplete or of an unknown kind; copy it again or export it as SVS or pyramidal TIFF.</source>
      <translation>{0} 是损坏、不完整或未知类型的 TIFF 文件；请重新复制，或导出为 SVS 或金字塔 TIFF。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is a damaged image; copy it again from where it came from or export it anew.</source>
      <translation>{0} 是损坏的图像；请从来源重新复制或重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is a damaged or incomplete TIFF file; copy it again from the scanner.</source>
      <translation>{0} 是损坏或不完整的 TIFF 文件；请从扫描仪重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is a database, but not a case of this program: choose another folder.</source>
      <translation>{0} 是数据库，但不是本程序的病例：请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is compressed in a way unknown here (transfer syntax {1}); export it as an 8-bit RGB slide with JPEG compression.</source>
      <translation>{0} 采用未知的压缩方式（传输语法 {1}）；请导出为 JPEG 压缩的 8 位 RGB 切片。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is cut into tiles of an impossible size; export it again.</source>
      <translation>{0} 的图块尺寸不合理；请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is damaged in a way that crashes its reader; copy it again or export it anew.</source>
      <translation>{0} 已损坏并会导致读取程序崩溃；请重新复制或导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is damaged or incomplete; copy it again from the scanner or export it anew.</source>
      <translation>{0} 已损坏或不完整；请从扫描仪重新复制或重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is damaged or no zip file ({1}); copy or download it again.</source>
      <translation>{0} 已损坏或不是 zip 文件（{1}）；请重新复制或下载。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is empty (0 bytes); copy it again from where it came from.</source>
      <translation>{0} 为空（0 字节）；请从来源重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is in the vendor's own {1} format, which cannot be read here; export it as SVS or pyramidal TIFF with {2}.</source>
      <translation>{0} 是厂商专有的 {1} 格式，此处无法读取；请用{2}导出为 SVS 或金字塔 TIFF。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is incomplete, its end is missing; copy it again from where it came from.</source>
      <translation>{0} 不完整，缺少末尾；请从来源重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is incomplete: some frames of its focal planes are missing; copy it again.</source>
      <translation>{0} 不完整：缺少部分焦平面帧；请重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is incomplete: some of its focal planes are missing; export it again.</source>
      <translation>{0} 不完整：缺少部分焦平面；请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is nested too deeply to be a file of marks: export it again.</source>
      <translation>{0} 嵌套过深，不是标注文件：请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is no longer there; check that its drive is connected.</source>
      <translation>{0} 已不存在；请检查其磁盘是否连接。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not a GeoJSON file ({1}): export it again.</source>
      <translation>{0} 不是 GeoJSON 文件（{1}）：请重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not a file of ASAP (its root is {1}): choose another one.</source>
      <translation>{0} 不是 ASAP 文件（根元素为 {1}）：请另选。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not a model bundle: it has no card.json.</source>
      <translation>{0} 不是模型包：缺少 card.json。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not a model bundle: it holds {1}; choose another file.</source>
      <translation>{0} 不是模型包：其中有{1}；请另选文件。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not an XML file ({1}): export it again from ASAP.</source>
      <translation>{0} 不是 XML 文件（{1}）：请从 ASAP 重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not in {1}; check the name, and that its drive is connected.</source>
      <translation>{1} 中没有 {0}；请检查名称以及磁盘是否连接。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not used any more, and its tiles go to the other devices: {1}</source>
      <translation>不再使用 {0}，其图块交给其他设备：{1}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is not used on {1}</source>
      <translation>{0} 不在 {1} 上使用</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is one of several files that make up one image; export that image as a single OME-TIFF file.</source>
      <translation>{0} 是组成一幅图像的多个文件之一；请将该图像导出为单个 OME-TIFF 文件。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is too large for an image without a pyramid; {1}.</source>
      <translation>{0} 没有金字塔层且过大；{1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is {1} a slide that can be read here; open {2}.</source>
      <translation>{0} 不是可读取的切片（{1}）；请打开 {2}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} is {1} x {2} px, above the {3} megapixels that fit into memory without a pyramid; {4}.</source>
      <translation>{0} 为 {1} x {2} px，超过无金字塔图像的内存上限 {3} 百万像素；{4}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} lacks {1}; install the bundle again.</source>
      <translation>{0} 缺少 {1}；请重新安装模型包。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} lies on a network share, where a case is not safe: choose a folder on a local disk.</source>
      <translation>{0} 位于网络共享上，病例存放不安全：请选择本地磁盘上的文件夹。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} may not be read by this user; ask its owner for the permission.</source>
      <translation>当前用户无权读取 {0}；请向文件所有者申请权限。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} needs more memory than a slide may take; it is probably damaged, copy it again.</source>
      <translation>{0} 所需内存超过切片允许的上限；可能已损坏，请重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} needs more memory than there is; it is probably damaged, copy it again.</source>
      <translation>{0} 所需内存超过可用内存；可能已损坏，请重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} needs more than {1} MiB to open; it is damaged, or too large for an image without a pyramid: export it as pyramidal TIFF.</source>
      <translation>打开 {0} 需要超过 {1} MiB 内存；文件已损坏，或没有金字塔层而过大：请导出为金字塔 TIFF。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} needs the folder {1} with its data beside it; copy both together.</source>
      <translation>{0} 需要旁边的数据文件夹 {1}；请一并复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} no score. The file may be damaged.</source>
      <translation>{0}没有评分。文件可能已损坏。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} objects have no shape that can be drawn; they are kept and exported again.</source>
      <translation>{0} 个对象没有可绘制的形状；已保留，并会再次导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} of the tiles with cells are out of focus: they are not reliable and left out of the ranking. Look whether the slide is blurred all over, and have it scanned again.</source>
      <translation>有细胞的图块中 {0} 失焦：结果不可靠，不参与排序。请查看切片是否整体模糊，并重新扫描。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} opens, but its image data cannot be decoded; copy it again from the scanner.</source>
      <translation>{0} 可以打开，但图像数据无法解码；请从扫描仪重新复制。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} reference tiles agree; largest difference of a probability {1}</source>
      <translation>{0} 个参考图块一致；概率最大差异 {1}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} stores {1} frames in {2} pieces, which cannot be read here; export it again with one fragment for each frame.</source>
      <translation>{0} 将 {1} 帧存为 {2} 段，此处无法读取；请按每帧一段重新导出。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} tiles could not be read; they have</source>
      <translation>{0} 个图块无法读取，</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} tiles scored at {1} µm/px ({2}), {3} out of focus, {4} not scored</source>
      <translation>以 {1} µm/px 评分 {0} 个图块（{2}），失焦 {3}，未评分 {4}</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} was not imported and is not removed; it lies in {1}.</source>
      <translation>{0} 不是导入的模型，不会移除；它位于 {1}。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} was switched off</source>
      <translation>{0} 已停用</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} was switched off: it is off by {1} on the reference tiles (at most {2}, and the same top class)</source>
      <translation>{0} 已关闭：在参考图块上偏差 {1}（最多 {2}，且首位类别须相同）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} would unpack to {1} GiB, too much for a model.</source>
      <translation>{0} 解压后将达 {1} GiB，对模型而言过大。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0} x {1} threads, batches of {2}</source>
      <translation>{0} x {1} 个线程，每批 {2} 个图块</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}, focal planes by tifffile</source>
      <translation>{0}，焦平面由 tifffile 读取</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}, pixels by tifffile</source>
      <translation>{0}，像素由 tifffile 读取</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}, though a CPU turns it into fp32 at every step</source>
      <translation>{0}，但 CPU 每一步都会把它转成 fp32</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}: an NVIDIA GPU is present, but this onnxruntime cannot use it (install onnxruntime-gpu)</source>
      <translation>{0}：有 NVIDIA GPU，但此 onnxruntime 无法使用（请安装 onnxruntime-gpu）</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}: chosen by the user</source>
      <translation>{0}：由用户选择</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}: no CUDA device found</source>
      <translation>{0}：未找到 CUDA 设备</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}: probability as opacity.</source>
      <translation>{0}：以不透明度表示概率。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}: the slide cannot be scored until it is calibrated.</source>
      <translation>{0}：标定之前无法评分。</translation>
    </message>
    <message>
      <location filename="Qt-free rooms"></location>
      <source>{0}: this onnxruntime cannot use the Apple GPU</source>
      <translation>{0}：此 onnxruntime 无法使用 Apple GPU</translation>
    </message>
  </context>
  <context>
    <name>SheetDesk</name>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>Category {0} was chosen before the model was seen; the report says so.</source>
      <translation>分类 {0} 在看到模型结果之前选定；报告中会注明。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>Hide everything of the model until a category is chosen; the report tells which way it was</source>
      <translation>选定分类之前隐藏模型的一切结果；报告会注明阅片方式</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>Human first: the model is hidden until you choose a category.</source>
      <translation>先人后机：在您选定分类之前隐藏模型结果。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>Human first: the model's findings appear when you have chosen a category on the sheet.</source>
      <translation>先人后机：在判读单上选定分类后显示模型结果。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>Nothing of the model has been seen in this case.</source>
      <translation>此病例中尚未显示过模型结果。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>Sheet</source>
      <translation>判读单</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>The model was seen before a category was chosen; the report says so.</source>
      <translation>选定分类之前已看到模型结果；报告中会注明。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>The model was seen before it was hidden; the report says so.</source>
      <translation>隐藏之前已看到模型结果；报告中会注明。</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>slide {0}</source>
      <translation>切片 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/desk.py"></location>
      <source>this one</source>
      <translation>当前切片</translation>
    </message>
  </context>
  <context>
    <name>SheetForm</name>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Ade&amp;quate anyway because of</source>
      <translation>例外视为满意，因(&amp;Q)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Adequacy</source>
      <translation>标本满意度</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Adequate anyway because of</source>
      <translation>例外视为满意，因</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Bethesda &amp;category</source>
      <translation>Bethesda 分类(&amp;C)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>C&amp;omment</source>
      <translation>备注(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Category {0}, {1}</source>
      <translation>分类 {0}，{1}</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Comment</source>
      <translation>备注</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Comment for the report</source>
      <translation>写入报告的备注</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>Fewer groups are enough in these cases</source>
      <translation>在这些情况下细胞团较少也可以</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>N&amp;uclear features</source>
      <translation>核特征(&amp;U)</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>No category</source>
      <translation>未选分类</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>abundant colloid</source>
      <translation>胶质丰富</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>atypia</source>
      <translation>细胞非典型</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>inflammatory nodule</source>
      <translation>炎性结节</translation>
    </message>
    <message>
      <location filename="app/ui/sheet/form.py"></location>
      <source>no exception</source>
      <translation>无例外</translation>
    </message>
  </context>
  <context>
    <name>SheetPanel</name>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>&amp;Reader</source>
      <translation>阅片者(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Adequac&amp;y</source>
      <translation>标本满意度(&amp;Y)</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Amen&amp;d...</source>
      <translation>更正(&amp;D)...</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Amended by {0}, {1}: {2}</source>
      <translation>{0} 于 {1} 更正：{2}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Case &amp;no.</source>
      <translation>病例编号(&amp;N)</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Change the signed sheet, with a reason; the history is kept</source>
      <translation>更正已签发的判读单，须说明原因；保留历史记录</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Not signed</source>
      <translation>未签发</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Number or name of the case</source>
      <translation>病例编号或名称</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Open for reading only.</source>
      <translation>仅供查看。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>S&amp;ite</source>
      <translation>部位(&amp;I)</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Si&amp;gn...</source>
      <translation>签发(&amp;G)...</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Sign the sheet as it stands; later changes are amendments</source>
      <translation>按当前内容签发；之后的更改为更正</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Signed by {0}, {1}</source>
      <translation>{0} 于 {1} 签发</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>The sheet of a case appears here when a slide is open.</source>
      <translation>打开切片后，病例的判读单显示在这里。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>Your name, for entries and sign-off</source>
      <translation>您的姓名，用于记录和签发</translation>
    </message>
    <message>
      <location filename="app/ui/panels/sheet_panel.py"></location>
      <source>e.g. right lobe, lower pole</source>
      <translation>例如：右叶下极</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsDialog</name>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Back to the slide from a panel</source>
      <translation>从面板回到切片</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Ctrl and drag</source>
      <translation>Ctrl+拖动</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Enter, double-click</source>
      <translation>Enter，双击</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Esc</source>
      <translation>Esc</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Focal plane</source>
      <translation>焦平面</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>From one panel to the next</source>
      <translation>从一个面板到下一个</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Keyboard and mouse</source>
      <translation>键盘和鼠标</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Lists</source>
      <translation>列表</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Magnification</source>
      <translation>放大倍数</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Magnification {0}</source>
      <translation>放大倍数 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Move</source>
      <translation>移动</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Move by almost a whole view</source>
      <translation>移动近一整屏</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Move while a tool is chosen</source>
      <translation>选用工具时移动切片</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Moving over the slide</source>
      <translation>在切片上移动</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Nothing here is called so.</source>
      <translation>没有匹配的项目。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Open the slide of the worklist</source>
      <translation>打开工作列表中的切片</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Search the shortcuts</source>
      <translation>搜索快捷键</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Search: what, or which key</source>
      <translation>搜索：功能或按键</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Shift+arrow keys</source>
      <translation>Shift+方向键</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Shift+double-click</source>
      <translation>Shift+双击</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Shift+wheel</source>
      <translation>Shift+滚轮</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Slide without overlays</source>
      <translation>不带叠加层的切片</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Tab</source>
      <translation>Tab</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Turn</source>
      <translation>旋转</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Zoom in here</source>
      <translation>在此处放大</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Zoom out here</source>
      <translation>在此处缩小</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>Zoom to the pointer</source>
      <translation>以指针为中心缩放</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>double-click</source>
      <translation>双击</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>drag, or arrow keys</source>
      <translation>拖动，或方向键</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>hold H</source>
      <translation>按住 H</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>hold Space and drag</source>
      <translation>按住空格拖动</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/shortcuts.py"></location>
      <source>wheel, pinch</source>
      <translation>滚轮，双指缩放</translation>
    </message>
  </context>
  <context>
    <name>SignDialog</name>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>&amp;Reader</source>
      <translation>阅片者(&amp;R)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>&amp;Sign</source>
      <translation>签发(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>After signing, sheet, groups and confirmed fields change by amendment only.</source>
      <translation>签发后，判读单、细胞团和已确认视野只能通过更正修改。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Category</source>
      <translation>分类</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Name of the reader</source>
      <translation>阅片者姓名</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Sign the sheet</source>
      <translation>签发判读单</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>Specimen</source>
      <translation>标本</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>The specimen does not count as adequate, yet the category is not nondiagnostic.</source>
      <translation>标本未达满意标准，但所选分类不是“不能诊断”。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>adequate</source>
      <translation>满意</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>none: choose one first</source>
      <translation>无：请先选择</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>not adequate</source>
      <translation>不满意</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/sign.py"></location>
      <source>{0}, {1} of {2} groups</source>
      <translation>{0}，{1} / {2} 个细胞团</translation>
    </message>
  </context>
  <context>
    <name>SlideModelBox</name>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>From {0} tiles; trained on {1}. Weights say what it looked at, not what is true.</source>
      <translation>基于 {0} 个图块；训练数据：{1}。权重表示它看了哪里，而不表示什么是真实的。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Give up weighing the slide</source>
      <translation>放弃评估切片</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>It is not stored: when the slide is opened again it must be weighed again.</source>
      <translation>结果不保存：重新打开切片后须重新评估。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Ordered by</source>
      <translation>排序依据</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Probabilities of the whole slide, valid where classes are as frequent as in its training: {0}</source>
      <translation>整张切片的概率，仅在类别频率与训练时相同的情况下有效：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Slide model {0}</source>
      <translation>整片模型 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Slide model {0} ({1}) on embeddings of {2}</source>
      <translation>整片模型 {0}（{1}），基于 {2} 的嵌入</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Slide model: progress</source>
      <translation>整片模型：进度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Slide models</source>
      <translation>整片模型</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>The slide is being weighed.</source>
      <translation>正在评估切片。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Waits until the slide is scored.</source>
      <translation>等待切片评分完成。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Weigh the slide</source>
      <translation>评估整张切片</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Weigh the slide again</source>
      <translation>重新评估切片</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>What decides the order of the fields</source>
      <translation>视野的排序依据</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>What decides the order of the fields: how suspicious the tiles are by themselves, or how much the slide model looked at them. The latter says nothing about what is true.</source>
      <translation>视野的排序依据：图块本身的可疑程度，或整片模型对它们的关注程度。后者不说明什么是真实的。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>What the slide model makes of the slide</source>
      <translation>整片模型对切片的判断</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>Which slide model weighs the slide</source>
      <translation>由哪个整片模型评估切片</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>phantoms (synthetic)</source>
      <translation>模拟数据（合成）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>slide model's attention</source>
      <translation>整片模型的关注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>suspicion</source>
      <translation>可疑程度</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>{0} of {1} scored tiles could be read; {2}, {3}</source>
      <translation>{1} 个已评分图块中可读取 {0} 个；{2}，{3}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_model_box.py"></location>
      <source>{0} of {1} tiles</source>
      <translation>{0} / {1} 个图块</translation>
    </message>
  </context>
  <context>
    <name>SlideModelDesk</name>
    <message>
      <location filename="app/ui/slide_model.py"></location>
      <source>It can say what the whole slide comes to, and which fields it looked at for that.</source>
      <translation>它可以给出整张切片的判断，以及为此看了哪些视野。</translation>
    </message>
    <message>
      <location filename="app/ui/slide_model.py"></location>
      <source>Not used here: it was trained on phantoms and this is a real slide.</source>
      <translation>此处不使用：它用模拟数据训练，而这是真实切片。</translation>
    </message>
    <message>
      <location filename="app/ui/slide_model.py"></location>
      <source>Not used here: the model that it builds on was trained on phantoms and this is a real slide.</source>
      <translation>此处不使用：它所依据的模型用模拟数据训练，而这是真实切片。</translation>
    </message>
    <message>
      <location filename="app/ui/slide_model.py"></location>
      <source>The scores have changed since it weighed the slide.</source>
      <translation>自它评估切片以来，评分已改变。</translation>
    </message>
    <message>
      <location filename="app/ui/slide_model.py"></location>
      <source>The slide was not weighed: its scoring ended before all of it was scored.</source>
      <translation>切片未评估：评分在全部完成之前已结束。</translation>
    </message>
  </context>
  <context>
    <name>SlidePanel</name>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source> (calibrated by you)</source>
      <translation>（由您标定）</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Area</source>
      <translation>面积</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Associated image</source>
      <translation>附带图像</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Calibrate...</source>
      <translation>标定...</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Fingerprint</source>
      <translation>指纹</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Focal planes</source>
      <translation>焦平面</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Label and overview pictures may name the patient; they are read only when asked for.</source>
      <translation>标签和概览图可能含有患者信息；仅在您要求时读取。</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Levels</source>
      <translation>层级</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>No slide open</source>
      <translation>未打开切片</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Objective</source>
      <translation>物镜</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Phantom</source>
      <translation>模拟切片</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Properties of the file</source>
      <translation>文件属性</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Property</source>
      <translation>属性</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Reader</source>
      <translation>读取程序</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Scale</source>
      <translation>比例尺</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Show {0}</source>
      <translation>显示 {0}</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Stain</source>
      <translation>染色</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Value</source>
      <translation>值</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>Vendor</source>
      <translation>厂商</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>not stated</source>
      <translation>未说明</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>unknown: the file does not say</source>
      <translation>未知：文件未说明</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>unknown: the file says {0} µm/px, which cannot be</source>
      <translation>未知：文件标明 {0} µm/px，不合理</translation>
    </message>
    <message>
      <location filename="app/ui/panels/slide_panel.py"></location>
      <source>yes: a synthetic slide</source>
      <translation>是：合成切片</translation>
    </message>
  </context>
  <context>
    <name>SlideView</name>
    <message>
      <location filename="app/ui/canvas/slide_view.py"></location>
      <source>No part of {name} can be read: the file is damaged or no longer there.</source>
      <translation>{name} 的任何部分都无法读取：文件已损坏或不存在。</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/slide_view.py"></location>
      <source>Slide view</source>
      <translation>切片视图</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/slide_view.py"></location>
      <source>The slide's scale is not known, so there is no {value}x. Calibrate the scale first.</source>
      <translation>切片比例尺未知，无法显示 {value}x。请先标定比例尺。</translation>
    </message>
    <message>
      <location filename="app/ui/canvas/unreadable_mark.py"></location>
      <source>unreadable</source>
      <translation>无法读取</translation>
    </message>
  </context>
  <context>
    <name>Specimen</name>
    <message>
      <location filename="app/ui/specimen.py"></location>
      <source>{0} could not be opened because of an unexpected error: {1}.</source>
      <translation>由于意外错误，无法打开 {0}：{1}。</translation>
    </message>
  </context>
  <context>
    <name>StatusBar</name>
    <message>
      <location filename="app/ui/panels/status.py"></location>
      <source>Magnification and scale</source>
      <translation>放大倍数和比例尺</translation>
    </message>
    <message>
      <location filename="app/ui/panels/status.py"></location>
      <source>Model and device</source>
      <translation>模型和计算设备</translation>
    </message>
    <message>
      <location filename="app/ui/panels/status.py"></location>
      <source>Position under the pointer</source>
      <translation>指针位置</translation>
    </message>
  </context>
  <context>
    <name>StoredResults</name>
    <message>
      <location filename="app/ui/stored_results.py"></location>
      <source>&amp;Discard and score again</source>
      <translation>丢弃并重新评分(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/stored_results.py"></location>
      <source>Decisions, marks and everything else in the case are kept.</source>
      <translation>判断、标注及病例中的其他内容均保留。</translation>
    </message>
    <message>
      <location filename="app/ui/stored_results.py"></location>
      <source>Discard all scores that this model made of this slide, and score it again?</source>
      <translation>丢弃此模型对此切片的全部评分并重新评分？</translation>
    </message>
    <message>
      <location filename="app/ui/stored_results.py"></location>
      <source>Stored results...</source>
      <translation>已保存的结果...</translation>
    </message>
    <message>
      <location filename="app/ui/stored_results.py"></location>
      <source>This slide was scored with {0} at {1} µm/px on {2}; that result is not current ({3}).</source>
      <translation>此切片曾于 {2} 用 {0} 以 {1} µm/px 评分；该结果不是当前结果（{3}）。</translation>
    </message>
  </context>
  <context>
    <name>StoredResultsDialog</name>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Delete this result; it can be made again</source>
      <translation>删除此结果；可重新生成</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Discard</source>
      <translation>丢弃</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Discard all that are not current</source>
      <translation>丢弃所有非当前结果</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Model</source>
      <translation>模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Only the current result is drawn, ranked and exported. Decisions and marks are kept apart.</source>
      <translation>只有当前结果会显示、排序和导出。判断和标注单独保存。</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Precision</source>
      <translation>数值精度</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Score with the model of this result, which makes it current if nothing else differs</source>
      <translation>使用此结果的模型评分；若其他条件相同，即成为当前结果</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Scored on</source>
      <translation>评分日期</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>State</source>
      <translation>状态</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Stored results</source>
      <translation>已保存的结果</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Stored results of this slide</source>
      <translation>此切片已保存的结果</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>Use that model</source>
      <translation>使用该模型</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>current</source>
      <translation>当前</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>not current: {0}</source>
      <translation>非当前：{0}</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>{0} kB</source>
      <translation>{0} kB</translation>
    </message>
    <message>
      <location filename="app/ui/dialogs/stored_results.py"></location>
      <source>µm/px</source>
      <translation>µm/px</translation>
    </message>
  </context>
  <context>
    <name>Verdicts</name>
    <message>
      <location filename="app/ui/verdicts.py"></location>
      <source>Confirm field</source>
      <translation>确认视野</translation>
    </message>
    <message>
      <location filename="app/ui/verdicts.py"></location>
      <source>Dismiss field</source>
      <translation>排除视野</translation>
    </message>
    <message>
      <location filename="app/ui/verdicts.py"></location>
      <source>Dot field</source>
      <translation>视野打点</translation>
    </message>
    <message>
      <location filename="app/ui/verdicts.py"></location>
      <source>Take back: {0}</source>
      <translation>撤回：{0}</translation>
    </message>
  </context>
  <context>
    <name>WelcomePage</name>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>&amp;Open slide...</source>
      <translation>打开切片(&amp;O)...</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>A phantom: synthetic cells, to try everything without a patient's slide</source>
      <translation>模拟切片：合成细胞，无需患者切片即可试用全部功能</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>Drop a file here, or press Ctrl+O. SVS, NDPI, MRXS, SCN, BIF, VMS, CZI, DICOM, TIFF, JPEG, PNG.</source>
      <translation>将文件拖到这里，或按 Ctrl+O。支持 SVS、NDPI、MRXS、SCN、BIF、VMS、CZI、DICOM、TIFF、JPEG、PNG。</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>Open &amp;folder...</source>
      <translation>打开文件夹(&amp;F)...</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>Open a slide</source>
      <translation>打开切片</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>Open the &amp;demo slide</source>
      <translation>打开演示切片(&amp;D)</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>Recent</source>
      <translation>最近打开</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>Space</source>
      <translation>空格</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>The way through a case</source>
      <translation>一个病例的操作流程</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>all keys</source>
      <translation>全部快捷键</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>choose the Bethesda category; then sign and print the report</source>
      <translation>选择 Bethesda 分类；然后签发并输出报告</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>count a group of follicular cells</source>
      <translation>对滤泡细胞团计数</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>magnification from 1.25x to 40x; F fits the slide</source>
      <translation>放大倍数 1.25x 至 40x；F 适合窗口</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>next field with cells that was not looked at yet</source>
      <translation>下一个未看过的有细胞视野</translation>
    </message>
    <message>
      <location filename="app/ui/welcome.py"></location>
      <source>next suspicious field; C confirms it, X dismisses it, D dots it</source>
      <translation>下一个可疑视野；C 确认，X 排除，D 打点</translation>
    </message>
  </context>
  <context>
    <name>Worklist</name>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>Cannot be opened</source>
      <translation>无法打开</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>In progress</source>
      <translation>进行中</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>New</source>
      <translation>新</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>Reported</source>
      <translation>已报告</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>Scored</source>
      <translation>已评分</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>hidden until a category is chosen</source>
      <translation>选定分类前隐藏</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>not ranked</source>
      <translation>不排序</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>nothing suspicious found</source>
      <translation>未发现可疑</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/model.py"></location>
      <source>{0}, category {1}</source>
      <translation>{0}，分类 {1}</translation>
    </message>
  </context>
  <context>
    <name>WorklistDesk</name>
    <message>
      <location filename="app/ui/worklist/desk.py"></location>
      <source>Looking for slides ...</source>
      <translation>正在查找切片 ...</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/desk.py"></location>
      <source>Open folder</source>
      <translation>打开文件夹</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/desk.py"></location>
      <source>There is no slide in this folder.</source>
      <translation>此文件夹中没有切片。</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/desk.py"></location>
      <source>This is the first slide of the list.</source>
      <translation>这是列表中的第一张切片。</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/desk.py"></location>
      <source>This is the last slide of the list.</source>
      <translation>这是列表中的最后一张切片。</translation>
    </message>
  </context>
  <context>
    <name>WorklistPanel</name>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>&amp;Go on scoring</source>
      <translation>继续评分(&amp;G)</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>&amp;Open</source>
      <translation>打开(&amp;O)</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>&amp;Pause scoring</source>
      <translation>暂停评分(&amp;P)</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>&amp;Score all slides</source>
      <translation>对所有切片评分(&amp;S)</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>By case</source>
      <translation>按病例</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>By name</source>
      <translation>按名称</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>By state</source>
      <translation>按状态</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>In which order the slides are listed</source>
      <translation>切片列表的排列顺序</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>List the slides of all folders in this folder too</source>
      <translation>同时列出所有子文件夹中的切片</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Most suspicious first</source>
      <translation>最可疑的在前</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Open &amp;beside the slide on screen</source>
      <translation>与当前切片并排打开(&amp;B)</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Open a folder to see all of its slides, and how far each has come.</source>
      <translation>打开文件夹可查看其中所有切片及各自的进度。</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Order of the slides</source>
      <translation>切片的顺序</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Paused at slide {0} of {1}</source>
      <translation>已暂停于第 {0} / {1} 张</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Progress of scoring the folder</source>
      <translation>文件夹评分进度</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Scores the slides one after the other in the background; the slide on screen goes first</source>
      <translation>在后台逐张评分；屏幕上的切片优先</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Scoring of this folder was interrupted.</source>
      <translation>此文件夹的评分被中断。</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Scoring slide {0} of {1}</source>
      <translation>正在评分第 {0} / {1} 张</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Slide {0} of {1} waits: the slide on screen goes first</source>
      <translation>第 {0} / {1} 张等待中：屏幕上的切片优先</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Slides of the folder</source>
      <translation>文件夹中的切片</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>Stop scoring the folder; what is scored is kept</source>
      <translation>停止对文件夹评分；已评分的保留</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>With subfolders</source>
      <translation>包含子文件夹</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>{0} could not be scored</source>
      <translation>{0} 张无法评分</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>{0} of {1} scored</source>
      <translation>已评分 {0} / {1}</translation>
    </message>
    <message>
      <location filename="app/ui/worklist/panel.py"></location>
      <source>{0} slides, {1} reported</source>
      <translation>{0} 张切片，已报告 {1} 张</translation>
    </message>
  </context>
</TS>
