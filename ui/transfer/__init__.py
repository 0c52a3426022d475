"""Transfer: taking conversations out into files, printing them as PDF, and taking others in.

In:      a place the user chose; what the engine planned, rendered and wrote.
Out:     ExportConversations, RenderConversation, PlanImport, ImportConversations; PDF files.
Order:   transfer_face -> export_sheet -> pdf_printer, file_names; import_sheet.
Threads: main.
Uses:    ui.session, ui.vault.sheet, ui.widgets, ui.theme.
"""
