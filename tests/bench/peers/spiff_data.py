"""The process of `spiff_case.py`, how its state is stored, and the statements."""

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import DEFAULT_CONFIG, BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter

FACTS = 12
TASK = """<userTask id="fact{0}"/><boundaryEvent id="late{0}" attachedToRef="fact{0}" cancelActivity="false">
  <timerEventDefinition><timeDuration>"P1D"</timeDuration></timerEventDefinition></boundaryEvent>
  <endEvent id="alarm{0}"/><sequenceFlow id="a{0}" sourceRef="late{0}" targetRef="alarm{0}"/>"""
NODES = ["opened", *(f"fact{number}" for number in range(FACTS)), "closed"]
FLOW = '<sequenceFlow id="f{0}" sourceRef="{1}" targetRef="{2}"/>'
DIAGRAM = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="case" isExecutable="true">
  <startEvent id="opened"/>{"".join(map(TASK.format, range(FACTS)))}<endEvent id="closed"/>
  {"".join(map(FLOW.format, range(FACTS + 1), NODES, NODES[1:]))}</process></definitions>"""
OPEN = "INSERT INTO spiff VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
STATE = "SELECT state FROM spiff WHERE case_id = $1 FOR UPDATE"
FACT = """WITH fact AS (INSERT INTO facts VALUES ($1, $2, $3, $4, $5, $6)),
  lane AS (INSERT INTO lanes VALUES ($1, $3, $4, $5)
    ON CONFLICT (case_id, lane) DO UPDATE SET state = excluded.state, holder = excluded.holder),
  work AS (INSERT INTO work VALUES ($1, $5, $8)
    ON CONFLICT (case_id) DO UPDATE SET office = excluded.office, due_at = excluded.due_at)
  UPDATE spiff SET state = $7, next_at = $8 WHERE case_id = $1"""
DUE = "SELECT case_id, state FROM spiff WHERE next_at <= now() LIMIT 100 FOR UPDATE SKIP LOCKED"
ALARM = """WITH alarm AS (INSERT INTO alarms (case_id, number) SELECT $1, count(*) FROM facts WHERE case_id = $1
    ON CONFLICT DO NOTHING)
  UPDATE spiff SET state = $2, next_at = NULL WHERE case_id = $1"""
PARSER = BpmnParser()
PARSER.add_bpmn_xml(etree.fromstring(DIAGRAM))
SPEC = PARSER.get_spec("case")


class OneDiagram(BpmnWorkflowConverter):
    """The state of a process without its diagram."""

    def to_dict(self, workflow: Any) -> dict[str, Any]:
        return WorkflowConverter.to_dict(self, workflow) | {"subprocesses": {}, "bpmn_events": []}

    def from_dict(self, dct: dict[str, Any]) -> Any:
        return super().from_dict({**dct, "spec": SPEC})


SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: OneDiagram}))
