<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
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
    <name>KeyCard</name>
    <message numerus="yes">
        <source>Hides itself in %n second(s).</source>
        <translation>
            <numerusform>Hides itself in %n second.</numerusform>
            <numerusform>Hides itself in %n seconds.</numerusform>
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
        <source>%n job(s) running</source>
        <translation>
            <numerusform>%n job running</numerusform>
            <numerusform>%n jobs running</numerusform>
        </translation>
    </message>
</context>
</TS>
