<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>ActivityPage</name>
    <message numerus="yes">
        <source>%n change(s), scroll for more</source>
        <translation>
            <numerusform>%n change, scroll for more</numerusform>
            <numerusform>%n changes, scroll for more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n change(s)</source>
        <translation>
            <numerusform>%n change</numerusform>
            <numerusform>%n changes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>AlertForm</name>
    <message numerus="yes">
        <source>For %n hour(s)</source>
        <translation>
            <numerusform>For %n hour</numerusform>
            <numerusform>For %n hours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>And %n more.</source>
        <translation>
            <numerusform>And %n more.</numerusform>
            <numerusform>And %n more.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Alerts</name>
    <message numerus="yes">
        <source>no call for %n hour(s)</source>
        <translation>
            <numerusform>no call for %n hour</numerusform>
            <numerusform>no call for %n hours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n alert(s) now</source>
        <translation>
            <numerusform>%n alert now</numerusform>
            <numerusform>%n alerts now</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>AttentionList</name>
    <message numerus="yes">
        <source>And %n more.</source>
        <translation>
            <numerusform>And %n more.</numerusform>
            <numerusform>And %n more.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BackupsPanel</name>
    <message numerus="yes">
        <source>%n backup(s) damaged. Make a new one, and look at the disk.</source>
        <translation>
            <numerusform>%n backup damaged. Make a new one, and look at the disk.</numerusform>
            <numerusform>%n backups damaged. Make a new one, and look at the disk.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BillingPage</name>
    <message numerus="yes">
        <source>%n object(s) changed.</source>
        <translation>
            <numerusform>%n object changed.</numerusform>
            <numerusform>%n objects changed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ConflictPanel</name>
    <message numerus="yes">
        <source> %n more conflict(s) follow.</source>
        <translation>
            <numerusform> %n more conflict follows.</numerusform>
            <numerusform> %n more conflicts follow.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ConnectionPanel</name>
    <message numerus="yes">
        <source>%n silent socket(s) recycled.</source>
        <translation>
            <numerusform>%n silent socket recycled.</numerusform>
            <numerusform>%n silent sockets recycled.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>An SDK with a revoked key knocks: %n time(s), last {moment}. It meters nothing.</source>
        <translation>
            <numerusform>An SDK with a revoked key knocks: %n time, last {moment}. It meters nothing.</numerusform>
            <numerusform>An SDK with a revoked key knocks: %n times, last {moment}. It meters nothing.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Somebody knocks with a key this service never made: %n time(s), last {moment}.</source>
        <translation>
            <numerusform>Somebody knocks with a key this service never made: %n time, last {moment}.</numerusform>
            <numerusform>Somebody knocks with a key this service never made: %n times, last {moment}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CustomerTable</name>
    <message numerus="yes">
        <source>{name} (%n identities)</source>
        <translation>
            <numerusform>{name} (%n identities)</numerusform>
            <numerusform>{name} (%n identities)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DashboardPage</name>
    <message numerus="yes">
        <source>%n overdue</source>
        <translation>
            <numerusform>%n overdue</numerusform>
            <numerusform>%n overdue</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>the first is due in %n day(s)</source>
        <translation>
            <numerusform>the first is due in %n day</numerusform>
            <numerusform>the first is due in %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EndpointsPanel</name>
    <message numerus="yes">
        <source>{title}: %n operation(s) never called</source>
        <translation>
            <numerusform>{title}: %n operation never called</numerusform>
            <numerusform>{title}: %n operations never called</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Imported %n operation(s).</source>
        <translation>
            <numerusform>Imported %n operation.</numerusform>
            <numerusform>Imported %n operations.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EventsPanel</name>
    <message numerus="yes">
        <source>The service takes events with %n signing secret(s).</source>
        <translation>
            <numerusform>The service takes events with %n signing secret.</numerusform>
            <numerusform>The service takes events with %n signing secrets.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message numerus="yes">
        <source>%n chosen</source>
        <translation>
            <numerusform>%n chosen</numerusform>
            <numerusform>%n chosen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message numerus="yes">
        <source>&amp;Import %n key(s)</source>
        <translation>
            <numerusform>&amp;Import %n key</numerusform>
            <numerusform>&amp;Import %n keys</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KeepingLine</name>
    <message numerus="yes">
        <source>Keep %n month(s)</source>
        <translation>
            <numerusform>Keep %n month</numerusform>
            <numerusform>Keep %n months</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Usage from before the last %n month(s) will be deleted.</source>
        <translation>
            <numerusform>Usage from before the last %n month will be deleted.</numerusform>
            <numerusform>Usage from before the last %n months will be deleted.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KeyPanel</name>
    <message numerus="yes">
        <source>%n key(s) of it lie(s) in this vault.</source>
        <translation>
            <numerusform>%n key of it lies in this vault.</numerusform>
            <numerusform>%n keys of it lie in this vault.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KeysPage</name>
    <message numerus="yes">
        <source>Imported %n key(s). The file is still there: remove it.</source>
        <translation>
            <numerusform>Imported %n key. The file is still there: remove it.</numerusform>
            <numerusform>Imported %n keys. The file is still there: remove it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n expired</source>
        <translation>
            <numerusform>%n expired</numerusform>
            <numerusform>%n expired</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n expire(s) soon</source>
        <translation>
            <numerusform>%n expires soon</numerusform>
            <numerusform>%n expire soon</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n secret(s) used twice</source>
        <translation>
            <numerusform>%n secret used twice</numerusform>
            <numerusform>%n secrets used twice</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n weak</source>
        <translation>
            <numerusform>%n weak</numerusform>
            <numerusform>%n weak</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n older than a year</source>
        <translation>
            <numerusform>%n older than a year</numerusform>
            <numerusform>%n older than a year</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Saved %n key(s) to {path}, read back and sound.</source>
        <translation>
            <numerusform>Saved %n key to {path}, read back and sound.</numerusform>
            <numerusform>Saved %n keys to {path}, read back and sound.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MappingPanel</name>
    <message numerus="yes">
        <source>%n caller(s) without a payer</source>
        <translation>
            <numerusform>%n caller without a payer</numerusform>
            <numerusform>%n callers without a payer</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n caller(s) matched.</source>
        <translation>
            <numerusform>%n caller matched.</numerusform>
            <numerusform>%n callers matched.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PackagePanel</name>
    <message numerus="yes">
        <source>%n identity(ies) are sealed for another vault and could not be compared.</source>
        <translation>
            <numerusform>%n identity(ies) are sealed for another vault and could not be compared.</numerusform>
            <numerusform>%n identity(ies) are sealed for another vault and could not be compared.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PolicyDetail</name>
    <message numerus="yes">
        <source>Also for %n other spelling(s) of this route</source>
        <translation>
            <numerusform>Also for %n other spelling of this route</numerusform>
            <numerusform>Also for %n other spellings of this route</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PolicyTab</name>
    <message numerus="yes">
        <source>%n account(s) have not agreed to the last change</source>
        <translation>
            <numerusform>%n account have not agreed to the last change</numerusform>
            <numerusform>%n accounts have not agreed to the last change</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n would get it</source>
        <translation>
            <numerusform>%n would get it</numerusform>
            <numerusform>%n would get it</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n said no or were erased</source>
        <translation>
            <numerusform>%n said no or were erased</numerusform>
            <numerusform>%n said no or were erased</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n letter(s) queued; the mail settings show how each fared</source>
        <translation>
            <numerusform>%n letter queued; the mail settings show how each fared</numerusform>
            <numerusform>%n letters queued; the mail settings show how each fared</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PreferencesTab</name>
    <message numerus="yes">
        <source>%n may be written to</source>
        <translation>
            <numerusform>%n may be written to</numerusform>
            <numerusform>%n may be written to</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n said no or were erased</source>
        <translation>
            <numerusform>%n said no or were erased</numerusform>
            <numerusform>%n said no or were erased</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) without an address</source>
        <translation>
            <numerusform>%n line without an address</numerusform>
            <numerusform>%n lines without an address</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message numerus="yes">
        <source>%n open</source>
        <translation>
            <numerusform>%n open</numerusform>
            <numerusform>%n open</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n late</source>
        <translation>
            <numerusform>%n late</numerusform>
            <numerusform>%n late</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PublishDialog</name>
    <message numerus="yes">
        <source>It concerns %n of {all} customers of the last 31 days: </source>
        <translation>
            <numerusform>It concerns %n of {all} customers of the last 31 days: </numerusform>
            <numerusform>It concerns %n of {all} customers of the last 31 days: </numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PublishPanel</name>
    <message numerus="yes">
        <source>%n change(s) at the provider</source>
        <translation>
            <numerusform>%n change at the provider</numerusform>
            <numerusform>%n changes at the provider</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Published with %n change(s).</source>
        <translation>
            <numerusform>Published with %n change.</numerusform>
            <numerusform>Published with %n changes.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RangePicker</name>
    <message numerus="yes">
        <source>Last %n day(s)</source>
        <translation>
            <numerusform>Last %n day</numerusform>
            <numerusform>Last %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReconcilePanel</name>
    <message numerus="yes">
        <source>%n difference(s)</source>
        <translation>
            <numerusform>%n difference</numerusform>
            <numerusform>%n differences</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReportsPanel</name>
    <message numerus="yes">
        <source>%n line(s) would be sent.</source>
        <translation>
            <numerusform>%n line would be sent.</numerusform>
            <numerusform>%n lines would be sent.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) were sent.</source>
        <translation>
            <numerusform>%n line were sent.</numerusform>
            <numerusform>%n lines were sent.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RetentionTab</name>
    <message numerus="yes">
        <source>%n month(s)</source>
        <translation>
            <numerusform>%n month</numerusform>
            <numerusform>%n months</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n day</numerusform>
            <numerusform>%n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RuleImportDialog</name>
    <message numerus="yes">
        <source>The file has %n mistake(s). Nothing was changed.</source>
        <translation>
            <numerusform>The file has %n mistake. Nothing was changed.</numerusform>
            <numerusform>The file has %n mistakes. Nothing was changed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n change(s). Not in the file, and left as they are: {left}.</source>
        <translation>
            <numerusform>%n change. Not in the file, and left as they are: {left}.</numerusform>
            <numerusform>%n changes. Not in the file, and left as they are: {left}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message numerus="yes">
        <source>%n key(s) ended or ending soon</source>
        <translation>
            <numerusform>%n key ended or ending soon</numerusform>
            <numerusform>%n keys ended or ending soon</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatusStrip</name>
    <message numerus="yes">
        <source>%n change(s) waiting</source>
        <translation>
            <numerusform>%n change waiting</numerusform>
            <numerusform>%n changes waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n conflict(s)</source>
        <translation>
            <numerusform>%n conflict</numerusform>
            <numerusform>%n conflicts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n application(s) not reporting</source>
        <translation>
            <numerusform>%n application not reporting</numerusform>
            <numerusform>%n applications not reporting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) running</source>
        <translation>
            <numerusform>%n job running</numerusform>
            <numerusform>%n jobs running</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TracesPage</name>
    <message numerus="yes">
        <source>%n call(s), scroll for more</source>
        <translation>
            <numerusform>%n call, scroll for more</numerusform>
            <numerusform>%n calls, scroll for more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation>
            <numerusform>%n call</numerusform>
            <numerusform>%n calls</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Wrote %n call(s) to {path}.</source>
        <translation>
            <numerusform>Wrote %n call to {path}.</numerusform>
            <numerusform>Wrote %n calls to {path}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WhatIfStrip</name>
    <message numerus="yes">
        <source>Publishing raises the bill of %n of {all} customers by more than 20 %.</source>
        <translation>
            <numerusform>Publishing raises the bill of %n of {all} customers by more than 20 %.</numerusform>
            <numerusform>Publishing raises the bill of %n of {all} customers by more than 20 %.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unchanged</source>
        <translation>
            <numerusform>%n unchanged</numerusform>
            <numerusform>%n unchanged</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>access</name>
    <message numerus="yes">
        <source>The log is whole: %n entry(ies) fit(s) the chain.</source>
        <translation>
            <numerusform>The log is whole: %n entry fits the chain.</numerusform>
            <numerusform>The log is whole: %n entries fit the chain.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>applications</name>
    <message numerus="yes">
        <source>Connected, %n socket(s)</source>
        <translation>
            <numerusform>Connected, %n socket</numerusform>
            <numerusform>Connected, %n sockets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n socket(s)</source>
        <translation>
            <numerusform>%n socket</numerusform>
            <numerusform>%n sockets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n computer(s)</source>
        <translation>
            <numerusform>%n computer</numerusform>
            <numerusform>%n computers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>keys</name>
    <message numerus="yes">
        <source>Ends in %n day(s)</source>
        <translation>
            <numerusform>Ends in %n day</numerusform>
            <numerusform>Ends in %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>privacy</name>
    <message numerus="yes">
        <source>%n day(s) late</source>
        <translation>
            <numerusform>%n day late</numerusform>
            <numerusform>%n days late</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>in %n day(s)</source>
        <translation>
            <numerusform>in %n day</numerusform>
            <numerusform>in %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>usage</name>
    <message numerus="yes">
        <source>{dimension}: all but %n</source>
        <translation>
            <numerusform>{dimension}: all but %n</numerusform>
            <numerusform>{dimension}: all but %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{dimension}: %n chosen</source>
        <translation>
            <numerusform>{dimension}: %n chosen</numerusform>
            <numerusform>{dimension}: %n chosen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n month(s)</source>
        <translation>
            <numerusform>%n month</numerusform>
            <numerusform>%n months</numerusform>
        </translation>
    </message>
</context>
</TS>
